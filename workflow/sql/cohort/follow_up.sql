-- Grain: one row per analysed dyad (dyad_id).
-- Why: the first day of each thing that can happen after T2, and the last day on which it could be seen.
with

first_events as (
    select
        dyads.dyad_id,
        min(csc_intervals.start_date) filter (where csc_intervals.level = 'child_protection_plan') as plan_date,
        min(csc_intervals.start_date) filter (
            where csc_intervals.level in ('looked_after_apart', 'permanently_elsewhere')
        ) as loss_date,
    from dyads
    inner join csc_intervals
        on dyads.dyad_id = csc_intervals.dyad_id
        and dyads.t2_date < csc_intervals.start_date
    group by dyads.dyad_id
),

readmissions as (
    select
        dyads.dyad_id,
        min(admission_spells.start_date) as readmission_date,
    from dyads
    inner join admission_spells
        on dyads.mother_id = admission_spells.person_id
        and dyads.t2_date < admission_spells.start_date
    group by dyads.dyad_id
)

select
    dyads.dyad_id,
    dyads.t2_date,
    first_events.plan_date,
    first_events.loss_date,
    least(dyads.infant_death_date, dyads.mother_death_date) as death_date,
    least(dyads.t3_date, dyads.coverage_end) as last_day,
    dyads.coverage_end >= dyads.t3_date as is_followed_to_t3,
    readmissions.readmission_date,
from dyads
left join first_events
    on dyads.dyad_id = first_events.dyad_id
left join readmissions
    on dyads.dyad_id = readmissions.dyad_id
where dyads.exclusion_reason is null
order by dyads.dyad_id
