-- Grain: one row per analysed dyad (dyad_id).
-- Why: what came after discharge, and needs that records show to be unmet. The day of discharge itself is no follow-up:
-- a contact on it can belong to the episode. What no record tells, and what follow-up was too short for, is null.
with

used as (
    select
        dyad_id,
        sum(n_perinatal_referrals)::bigint as n_perinatal_referrals,
        sum(n_perinatal_contacts)::bigint as n_perinatal_contacts,
        sum(n_parent_infant_referrals)::bigint as n_parent_infant_referrals,
        sum(n_parent_infant_contacts)::bigint as n_parent_infant_contacts,
        bool_and(n_contacts is not null and n_home_treatment_days is not null) as has_follow_up_care,
    from service_use
    group by dyad_id
),

acute_after as (
    select
        dyads.dyad_id,
        min(acute_care.start_date) filter (where acute_care.setting = 'crht') as home_date,
        min(acute_care.start_date) filter (where acute_care.setting != 'crht') as bed_date,
    from dyads
    inner join acute_care
        on dyads.mother_id = acute_care.person_id
        and dyads.t2_date < acute_care.start_date
    group by dyads.dyad_id
),

contacts_after as (
    select
        dyads.dyad_id,
        min(events.event_date) as contact_date,
    from dyads
    inner join service_events as events
        on dyads.mother_id = events.person_id
        and dyads.t2_date < events.event_date
    where events.is_attended
    group by dyads.dyad_id
),

first_days as (
    select
        follow_up.dyad_id,
        follow_up.t2_date,
        follow_up.last_day,
        follow_up.death_date,
        (follow_up.t2_date + $discharge_follow_up_days::integer)::date as due_date,
        least(contacts_after.contact_date, acute_after.home_date) as seen_date,
        acute_after.bed_date,
    from follow_up
    left join acute_after
        on follow_up.dyad_id = acute_after.dyad_id
    left join contacts_after
        on follow_up.dyad_id = contacts_after.dyad_id
),

in_time as (
    -- What happened up to the day that follow-up was due, as far as it was observed.
    select
        *,
        case when seen_date <= least(due_date, last_day) then seen_date end as seen_in_time_date,
        case when bed_date <= least(due_date, last_day) then bed_date end as bed_in_time_date,
        case when death_date <= least(due_date, last_day) then death_date end as death_in_time_date,
    from first_days
)

select
    in_time.dyad_id,
    case
        when not used.has_follow_up_care or in_time.death_date <= in_time.t2_date then null
        when
            in_time.seen_in_time_date
            = least(in_time.seen_in_time_date, in_time.bed_in_time_date, in_time.death_in_time_date)
            then 'seen'
        when in_time.bed_in_time_date = least(in_time.bed_in_time_date, in_time.death_in_time_date) then 'readmitted'
        when in_time.death_in_time_date is not null then 'died'
        when in_time.last_day >= in_time.due_date then 'not_seen'
    end as discharge_follow_up,
    case
        when used.n_perinatal_contacts > 0 then 'seen'
        when used.n_perinatal_contacts is null then null
        when used.n_perinatal_referrals > 0 then 'never_seen'
        else 'not_referred'
    end as perinatal_team,
    case
        when used.n_parent_infant_contacts > 0 then 'seen'
        when used.n_parent_infant_contacts is null then null
        when used.n_parent_infant_referrals > 0 then 'never_seen'
        else 'not_referred'
    end as parent_infant_team,
from in_time
inner join used
    on in_time.dyad_id = used.dyad_id
order by in_time.dyad_id
