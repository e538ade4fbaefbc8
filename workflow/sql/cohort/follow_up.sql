-- Grain: one row per analysed dyad (dyad_id).
-- Why: the first day of each thing that can happen after T2, and the last day on which it could be seen.
with

first_plans as (
    select
        dyads.dyad_id,
        min(csc_intervals.start_date) as plan_date,
    from dyads
    inner join csc_intervals
        on dyads.dyad_id = csc_intervals.dyad_id
        and dyads.t2_date < csc_intervals.start_date
    where csc_intervals.level = 'child_protection_plan'
    group by dyads.dyad_id
),

first_losses as (
    select
        dyads.dyad_id,
        min(custody_losses.start_date) as loss_date,
    from dyads
    inner join custody_losses
        on dyads.dyad_id = custody_losses.dyad_id
        and dyads.t2_date < custody_losses.start_date
    group by dyads.dyad_id
),

told_deaths as (
    -- Social care can know of a death that the maternity data do not.
    select
        child_key,
        death_date,
    from children
    union all
    select
        cin_episodes.child_key,
        cin_episodes.closure_date as death_date,
    from cin_episodes
    inner join codelist_special_closure_reasons as closures
        on cin_episodes.closure_reason = closures.code
    where closures.category = 'died'
    union all
    select
        child_key,
        end_date as death_date,
    from periods_of_care
    where reason_ceased_category = 'died'
),

deaths_in_care_records as (
    -- One told for a day before the birth is none of this infant's.
    select
        dyads.dyad_id,
        min(told_deaths.death_date) as death_date,
    from dyads
    inner join dyad_children
        on dyads.dyad_id = dyad_children.dyad_id
    inner join told_deaths
        on dyad_children.child_key = told_deaths.child_key
        and dyads.birth_date <= told_deaths.death_date
    group by dyads.dyad_id
),

moves_away as (
    -- The first month after T2 with an address outside the authorities whose returns are held.
    select
        dyads.dyad_id,
        min(month_start(patient_months.month_id)) as moved_date,
    from dyads
    inner join patient_months
        on dyads.mother_id = patient_months.person_id
        and month_number(dyads.t2_date) < patient_months.month_id
    left join authorities
        on patient_months.gss_code = authorities.gss_code
    where patient_months.gss_code is not null and authorities.gss_code is null
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
),

ends as (
    select
        dyads.dyad_id,
        dyads.t2_date,
        dyads.t3_date,
        dyads.coverage_end,
        moves_away.moved_date,
        least(dyads.infant_death_date, dyads.mother_death_date, deaths_in_care_records.death_date) as death_date,
        least(dyads.t3_date, dyads.coverage_end, moves_away.moved_date) as last_day,
    from dyads
    left join deaths_in_care_records
        on dyads.dyad_id = deaths_in_care_records.dyad_id
    left join moves_away
        on dyads.dyad_id = moves_away.dyad_id
    where dyads.exclusion_reason is null
)

select
    ends.dyad_id,
    ends.t2_date,
    first_plans.plan_date,
    first_losses.loss_date,
    ends.death_date,
    ends.last_day,
    ends.last_day >= ends.t3_date as is_followed_to_t3,
    case
        when ends.death_date <= ends.last_day then 'death'
        when ends.last_day >= ends.t3_date then 't3'
        when ends.moved_date <= ends.last_day then 'moved_away'
        else 'coverage_end'
    end as end_reason,
    readmissions.readmission_date,
from ends
left join first_plans
    on ends.dyad_id = first_plans.dyad_id
left join first_losses
    on ends.dyad_id = first_losses.dyad_id
left join readmissions
    on ends.dyad_id = readmissions.dyad_id
order by ends.dyad_id
