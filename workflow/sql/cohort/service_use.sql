-- Grain: one row per analysed dyad and period (dyad_id, period).
-- Why: what the mother used of mental health care from pregnancy to T3. What no record tells is null.
with

acute_days as (
    select
        periods.dyad_id,
        periods.period,
        acute_care.setting,
        date_diff(
            'day',
            greatest(acute_care.start_date, periods.start_date),
            least(acute_care.end_date, periods.end_date)
        ) as n_days,
    from service_periods as periods
    inner join acute_care
        on periods.person_id = acute_care.person_id
        and periods.start_date < acute_care.end_date
        and periods.end_date > acute_care.start_date
),

acute as (
    select
        dyad_id,
        period,
        sum(n_days) filter (where setting != 'crht') as n_bed_days,
        sum(n_days) filter (where setting = 'mbu') as n_mbu_days,
        sum(n_days) filter (where setting = 'ward') as n_ward_days,
        sum(n_days) filter (where setting = 'crht') as n_home_treatment_days,
    from acute_days
    group by dyad_id, period
),

community as (
    -- ASSUME: a contact whose team has no type is one with a community team, of no special kind.
    select
        periods.dyad_id,
        periods.period,
        count(*) filter (where events.is_attended and events.team_category != 'other') as n_contacts,
        count(*) filter (where events.kind = 'referral' and events.team_category = 'perinatal')
            as n_perinatal_referrals,
        count(*) filter (where events.is_attended and events.team_category = 'perinatal') as n_perinatal_contacts,
        count(*) filter (where events.kind = 'referral' and events.team_category = 'parent_infant')
            as n_parent_infant_referrals,
        count(*) filter (where events.is_attended and events.team_category = 'parent_infant')
            as n_parent_infant_contacts,
        count(*) filter (where events.is_group and events.is_offered and events.team_category = 'parent_infant')
            as n_group_sessions_offered,
        count(*) filter (where events.is_group and events.is_attended and events.team_category = 'parent_infant')
            as n_group_sessions_attended,
    from service_periods as periods
    inner join service_events as events
        on periods.person_id = events.person_id
        and periods.start_date <= events.event_date
        and periods.end_date > events.event_date
    group by periods.dyad_id, periods.period
),

untold as (
    select
        route,
        bool_or(fact = 'ward_type') as ward_type,
        bool_or(fact = 'crisis_teams') as crisis_teams,
        bool_or(fact = 'contacts') as contacts,
    from codelist_untold_facts
    group by route
),

handed_over as (
    -- Where nobody has a contact, the table was not handed over.
    select count(*) > 0 as has_contacts,
    from care_contacts
),

told as (
    select
        periods.*,
        not coalesce(untold.ward_type, false) as has_ward_types,
        not coalesce(untold.crisis_teams, false) as has_crisis_teams,
        not coalesce(untold.contacts, false) as has_referrals,
        not coalesce(untold.contacts, false) and handed_over.has_contacts as has_contacts,
    from service_periods as periods
    cross join handed_over
    left join untold
        on periods.route = untold.route
)

select
    told.dyad_id,
    told.period,
    date_diff('day', told.start_date, told.end_date) as observed_days,
    coalesce(acute.n_bed_days, 0) as n_bed_days,
    case when told.has_ward_types then coalesce(acute.n_mbu_days, 0) end as n_mbu_days,
    case when told.has_ward_types then coalesce(acute.n_ward_days, 0) end as n_ward_days,
    case when told.has_crisis_teams then coalesce(acute.n_home_treatment_days, 0) end as n_home_treatment_days,
    case when told.has_contacts then coalesce(community.n_contacts, 0) end as n_contacts,
    case when told.has_referrals then coalesce(community.n_perinatal_referrals, 0) end as n_perinatal_referrals,
    case when told.has_contacts then coalesce(community.n_perinatal_contacts, 0) end as n_perinatal_contacts,
    case when told.has_referrals then coalesce(community.n_parent_infant_referrals, 0) end
        as n_parent_infant_referrals,
    case when told.has_contacts then coalesce(community.n_parent_infant_contacts, 0) end as n_parent_infant_contacts,
    case when told.has_contacts then coalesce(community.n_group_sessions_offered, 0) end
        as n_group_sessions_offered,
    case when told.has_contacts then coalesce(community.n_group_sessions_attended, 0) end
        as n_group_sessions_attended,
from told
left join acute
    on told.dyad_id = acute.dyad_id
    and told.period = acute.period
left join community
    on told.dyad_id = community.dyad_id
    and told.period = community.period
order by told.dyad_id, told.period_order
