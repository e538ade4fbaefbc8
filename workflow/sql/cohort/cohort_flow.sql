-- Grain: one row per step of the flow (position).
-- Why: from every woman in acute care to every dyad analysed, each exclusion with its reason; a unit's boxes follow
-- from the one before less the exclusions between them.
with

women as (
    select
        admitted.person_id,
        count(births.infant_id) > 0 as has_birth,
        count(study_infants.infant_id) > 0 as has_study_birth,
        coalesce(
            bool_or(
                study_infants.has_one_mother
                and study_infants.maternal_age_years >= $minimum_maternal_age_years
            ),
            false
        ) as has_valid_birth,
        count(dyads.dyad_id) > 0 as has_index_episode,
    from (select distinct person_id, from admission_spells) as admitted
    left join births
        on admitted.person_id = births.mother_id
    left join study_infants
        on births.infant_id = study_infants.infant_id
    left join dyads
        on study_infants.infant_id = dyads.infant_id
    group by admitted.person_id
),

counted_women as (
    select
        count(*) as n_admitted,
        count(*) filter (where not has_birth) as n_no_birth,
        count(*) filter (where has_birth and not has_study_birth) as n_no_study_birth,
        count(*) filter (where has_study_birth and not has_valid_birth) as n_not_valid,
        count(*) filter (where has_valid_birth and not has_index_episode) as n_no_index,
        count(*) filter (where has_index_episode) as n_index,
    from women
),

counted_dyads as (
    select
        count(*) as n_dyads,
        count(*) filter (where exclusion_reason = 'died_by_t1') as n_died,
        count(*) filter (where exclusion_reason = 'episode_not_ended') as n_not_ended,
        count(*) filter (where exclusion_reason = 'authority_not_covered') as n_not_covered,
        count(*) filter (where exclusion_reason = 'service_not_studied') as n_other_service,
        count(*) filter (where exclusion_reason is null) as n_analysed,
    from dyads
),

steps as (
    select
        unnest([1, 2, 3, 4, 5, 6]) as position,
        'women' as unit,
        unnest(['box', 'exclusion', 'exclusion', 'exclusion', 'exclusion', 'box']) as kind,
        unnest([
            'Women with an acute psychiatric spell',
            'No birth recorded in the maternity data',
            'No liveborn infant in the study period',
            'More than one mother recorded, or her age missing or impossible',
            'No acute admission within the index window after birth',
            'Women with an index acute episode'
        ]) as step,
        unnest([n_admitted, n_no_birth, n_no_study_birth, n_not_valid, n_no_index, n_index]) as n,
    from counted_women
    union all
    select
        unnest([7, 8, 9, 10, 11, 12]) as position,
        'dyads' as unit,
        unnest(['box', 'exclusion', 'exclusion', 'exclusion', 'exclusion', 'box']) as kind,
        unnest([
            'Mother-infant dyads of these women',
            'Infant or mother died by the index admission',
            'Index acute episode not ended in the data',
            'Authority outside the social care data or its dates',
            'Service that the study leaves out',
            'Dyads analysed'
        ]) as step,
        unnest([n_dyads, n_died, n_not_ended, n_not_covered, n_other_service, n_analysed]) as n,
    from counted_dyads
)

select
    row_number() over (order by position) as position,
    unit,
    kind,
    step,
    n,
from steps
-- A study of every service leaves none out: that is no step of its flow.
where len($service_types) < 3 or step != 'Service that the study leaves out'
order by position
