-- Grain: one row per mother-infant dyad with an index acute episode (dyad_id).
-- Why: fixes the timepoints and the authority, and names why a dyad is not analysed (null: it is).
with

candidates as (
    select
        study_infants.*,
        index_episodes.t1_date,
        index_episodes.t2_date,
        (index_episodes.t2_date + $follow_up_days::integer)::date as t3_date,
        index_episodes.service_type,
    from index_episodes
    inner join study_infants
        on index_episodes.infant_id = study_infants.infant_id
    where
        study_infants.has_one_mother
        and study_infants.maternal_age_years >= $minimum_maternal_age_years
),

distances as (
    select
        candidates.infant_id,
        patient_months.lsoa,
        patient_months.gss_code,
        patient_months.marital_status,
        month_distance(patient_months.month_id, candidates.t1_date) as distance,
    from candidates
    inner join patient_months
        on candidates.mother_id = patient_months.person_id
),

homes as (
    -- A month that lacks a value gives way to the nearest that has it.
    select
        infant_id,
        arg_min(lsoa, distance) filter (where lsoa is not null) as lsoa,
        arg_min(gss_code, distance) filter (where gss_code is not null) as gss_code,
        arg_min(marital_status, distance) filter (where marital_status is not null) as marital_status,
    from distances
    group by infant_id
),

untold_services as (
    -- Where a route does not tell a mother and baby unit from a ward, no service can be chosen.
    select distinct route,
    from codelist_untold_facts
    where fact = 'ward_type'
)

select
    row_number() over (order by candidates.infant_id) as dyad_id,
    dense_rank() over (order by candidates.mother_id) as mother_number,
    candidates.infant_id,
    candidates.mother_id,
    candidates.birth_date,
    candidates.t1_date,
    candidates.t2_date,
    candidates.t3_date,
    candidates.service_type,
    candidates.infant_death_date,
    candidates.mother_death_date,
    candidates.infant_sex,
    candidates.gestation_days,
    candidates.n_infants_delivered,
    candidates.previous_live_births,
    candidates.maternal_age_years,
    candidates.ethnic_category,
    homes.lsoa,
    homes.marital_status,
    authorities.la_code,
    authorities.country,
    authorities.route,
    authorities.coverage_end,
    case
        when least(candidates.infant_death_date, candidates.mother_death_date) <= candidates.t1_date
            then 'died_by_t1'
        when candidates.t2_date is null then 'episode_not_ended'
        when authorities.la_code is null then 'authority_not_covered'
        when authorities.coverage_start > candidates.t1_date or authorities.coverage_end < candidates.t2_date
            then 'authority_not_covered'
        when not list_contains($service_types, candidates.service_type) then 'service_not_studied'
        when len($service_types) < 3 and untold_services.route is not null then 'service_not_studied'
    end as exclusion_reason,
from candidates
left join homes
    on candidates.infant_id = homes.infant_id
left join authorities
    on homes.gss_code = authorities.gss_code
left join untold_services
    on authorities.route = untold_services.route
order by dyad_id
