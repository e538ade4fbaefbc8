-- Grain: one row per dyad, level and interval of involvement; [start_date, end_date), open-ended when null.
-- Why: every source of involvement in one shape, so that a level at a day is one comparison. An interval that starts
-- and ends on one day holds that day.
with

episodes as (
    select
        dyad_children.dyad_id,
        cin_episodes.child_key,
        cin_episodes.referral_date,
        case
            when cin_episodes.is_no_further_action
                then coalesce(cin_episodes.closure_date, cin_episodes.referral_date)
            else cin_episodes.closure_date
        end as closure_date,
        closures.category as closure_category,
    from dyad_children
    inner join cin_episodes
        on dyad_children.child_key = cin_episodes.child_key
    left join codelist_special_closure_reasons as closures
        on cin_episodes.closure_reason = closures.code
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
        dyad_children.dyad_id,
        'child_in_need' as level,
        child_in_need_plans.start_date,
        child_in_need_plans.end_date,
    from dyad_children
    inner join child_in_need_plans
        on dyad_children.child_key = child_in_need_plans.child_key
),

enquiries as (
    -- The census holds no end of an enquiry: it ends with its initial conference, else after the statutory time, and
    -- never after its case was closed.
    select
        dyad_children.dyad_id,
        'section_47' as level,
        section_47_enquiries.start_date,
        greatest(
            least(
                coalesce(
                    section_47_enquiries.initial_conference_date,
                    section_47_enquiries.start_date + $section_47_days::integer
                ),
                cin_episodes.closure_date
            ),
            section_47_enquiries.start_date
        )::date as end_date,
    from dyad_children
    inner join section_47_enquiries
        on dyad_children.child_key = section_47_enquiries.child_key
    left join cin_episodes
        on section_47_enquiries.child_key = cin_episodes.child_key
        and section_47_enquiries.referral_date = cin_episodes.referral_date
),

plans as (
    select
        dyad_children.dyad_id,
        'child_protection_plan' as level,
        child_protection_plans.start_date,
        child_protection_plans.end_date,
    from dyad_children
    inner join child_protection_plans
        on dyad_children.child_key = child_protection_plans.child_key
),

care as (
    -- Short breaks are no loss of care (V1 in Wales, V3 and V4 in England) and count as no level of their own.
    -- ASSUME: a placement or legal status whose code is not in the lists is formal and apart.
    select
        dyad_children.dyad_id,
        case
            when care_episodes.placement_category in ('with_parent', 'with_mother') then 'looked_after_with_mother'
            else 'looked_after_apart'
        end as level,
        care_episodes.start_date,
        care_episodes.end_date,
    from dyad_children
    inner join looked_after_episodes as care_episodes
        on dyad_children.child_key = care_episodes.child_key
    where care_episodes.legal_status_category is distinct from 'short_break'
),

permanence as (
    -- ASSUME: an order or adoption lasts; the returns hold no end of it.
    select
        dyad_children.dyad_id,
        'permanently_elsewhere' as level,
        periods_of_care.end_date as start_date,
        null::date as end_date,
    from dyad_children
    inner join periods_of_care
        on dyad_children.child_key = periods_of_care.child_key
    where periods_of_care.reason_ceased_category in ('adoption', 'special_guardianship', 'child_arrangements')
    union all
    select
        dyad_id,
        'permanently_elsewhere' as level,
        closure_date as start_date,
        null::date as end_date,
    from episodes
    where closure_category in ('adoption', 'special_guardianship', 'child_arrangements')
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
    select *, from care
    union all
    select *, from permanence
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
inner join dyads
    on together.dyad_id = dyads.dyad_id
    -- No child is known long before birth: an earlier record is another child's (DfE rule 8606).
    and together.start_date >= dyads.birth_date - $pregnancy_lookback_days::integer
order by together.dyad_id, together.start_date, level_rank, together.end_date
