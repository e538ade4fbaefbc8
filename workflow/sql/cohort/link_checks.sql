-- Grain: one row per link of a study infant (infant_id, child_key).
-- Why: facts that linkage does not use and that a true link cannot show, or hardly: a floor of the false links.
with

involvements as (
    select
        child_key,
        referral_date as start_date,
    from cin_episodes
    union all
    select
        child_key,
        start_date,
    from child_protection_plans
    union all
    select
        child_key,
        start_date,
    from looked_after_episodes
),

spans as (
    select
        child_key,
        min(start_date) as first_date,
        max(start_date) as last_date,
    from involvements
    group by child_key
)

select
    links.infant_id,
    links.child_key,
    -- ASSUME: 280 days before a birth, the study's pregnancy, nobody can know of the child, however late it is born.
    coalesce(
        spans.first_date < study_infants.birth_date - $pregnancy_lookback_days::integer, false
    ) as is_involved_before_pregnancy,
    -- ASSUME: a death may open an enquiry; what begins after the days that one lasts belongs to another child.
    case
        when study_infants.infant_death_date is not null
            then coalesce(
                spans.last_date > study_infants.infant_death_date + $section_47_days::integer, false
            )
    end as is_involved_after_death,
    case
        when children.death_date is not null
            then coalesce(
                abs(children.death_date - study_infants.infant_death_date) > $section_47_days::integer, true
            )
    end as is_dead_in_one_record,
    case
        when study_infants.infant_ethnic_group is not null and ethnicities.ethnic_group is not null
            then study_infants.infant_ethnic_group <> ethnicities.ethnic_group
    end as has_other_ethnicity,
from links
inner join study_infants
    on links.infant_id = study_infants.infant_id
left join children
    on links.child_key = children.child_key
left join spans
    on links.child_key = spans.child_key
left join codelist_child_ethnicities as ethnicities
    on children.ethnicity = ethnicities.code
order by links.infant_id, links.child_key
