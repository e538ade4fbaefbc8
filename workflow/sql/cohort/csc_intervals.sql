-- Grain: one row per dyad, level and interval of involvement; [start_date, end_date), open-ended when null.
-- Why: every source of involvement in one shape, so that a level at a day is one comparison. An interval that starts
-- and ends on one day holds that day.
with

records as (
    -- No child is known long before birth: what began earlier is another child's, with all that hangs on it (DfE rule
    -- 8606).
    select
        dyad_children.dyad_id,
        dyad_children.child_key,
        (dyads.birth_date - $pregnancy_lookback_days::integer)::date as first_day,
    from dyad_children
    inner join dyads
        on dyad_children.dyad_id = dyads.dyad_id
),

episodes as (
    select
        records.dyad_id,
        cin_episodes.child_key,
        cin_episodes.referral_date,
        case
            when cin_episodes.is_no_further_action
                then coalesce(cin_episodes.closure_date, cin_episodes.referral_date)
            else cin_episodes.closure_date
        end as closure_date,
    from records
    inner join cin_episodes
        on records.child_key = cin_episodes.child_key
        and records.first_day <= cin_episodes.referral_date
),

first_authorisations as (
    select
        child_key,
        referral_date,
        min(authorisation_date) as authorisation_date,
    from assessments
    group by child_key, referral_date
),

referrals as (
    select
        dyad_id,
        'referral_or_assessment' as level,
        referral_date as start_date,
        closure_date as end_date,
    from episodes
),

needs as (
    -- ASSUME: a case still open after its first assessment was authorised is a child in need from that day; the
    -- plan's own dates (census 2022 on) count too.
    select
        episodes.dyad_id,
        'child_in_need' as level,
        first_authorisations.authorisation_date as start_date,
        episodes.closure_date as end_date,
    from episodes
    inner join first_authorisations
        on episodes.child_key = first_authorisations.child_key
        and episodes.referral_date = first_authorisations.referral_date
    where
        first_authorisations.authorisation_date is not null
        and (episodes.closure_date is null or first_authorisations.authorisation_date < episodes.closure_date)
    union all
    select
        records.dyad_id,
        'child_in_need' as level,
        child_in_need_plans.start_date,
        child_in_need_plans.end_date,
    from records
    inner join child_in_need_plans
        on records.child_key = child_in_need_plans.child_key
        and records.first_day <= child_in_need_plans.referral_date
),

enquiries as (
    -- The census holds no end of an enquiry: it ends with its initial conference, else after the statutory time, and
    -- never after its case was closed.
    select
        records.dyad_id,
        'section_47' as level,
        section_47_enquiries.start_date,
        greatest(
            least(
                coalesce(
                    section_47_enquiries.initial_conference_date,
                    section_47_enquiries.start_date + $section_47_days::integer
                ),
                episodes.closure_date
            ),
            section_47_enquiries.start_date
        )::date as end_date,
    from records
    inner join section_47_enquiries
        on records.child_key = section_47_enquiries.child_key
        and records.first_day <= section_47_enquiries.referral_date
    left join episodes
        on records.dyad_id = episodes.dyad_id
        and section_47_enquiries.child_key = episodes.child_key
        and section_47_enquiries.referral_date = episodes.referral_date
),

plans as (
    select
        records.dyad_id,
        'child_protection_plan' as level,
        child_protection_plans.start_date,
        child_protection_plans.end_date,
    from records
    inner join child_protection_plans
        on records.child_key = child_protection_plans.child_key
        and records.first_day <= child_protection_plans.start_date
),

custody as (
    select
        custody_intervals.dyad_id,
        arrangements.level,
        custody_intervals.start_date,
        custody_intervals.end_date,
    from custody_intervals
    inner join codelist_custody_arrangements as arrangements
        on custody_intervals.arrangement = arrangements.arrangement
    where arrangements.level is not null
),

together as (
    select *, from referrals
    union all
    select *, from needs
    union all
    select *, from enquiries
    union all
    select *, from plans
    union all
    select *, from custody
)

select distinct
    together.dyad_id,
    levels.rank::integer as level_rank,
    together.level,
    together.start_date,
    together.end_date,
from together
inner join codelist_csc_levels as levels
    on together.level = levels.level
order by together.dyad_id, together.start_date, level_rank, together.end_date
