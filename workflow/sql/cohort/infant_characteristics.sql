-- Grain: one row per study infant (infant_id).
-- Why: who is linked and who is not is told by what both have: facts known around the birth, dyad or not.
with

distances as (
    select
        study_infants.infant_id,
        patient_months.lsoa,
        patient_months.gss_code,
        month_distance(patient_months.month_id, study_infants.birth_date) as distance,
    from study_infants
    inner join patient_months
        on study_infants.mother_id = patient_months.person_id
),

homes as (
    -- A month that lacks a value gives way to the nearest that has it.
    select
        infant_id,
        arg_min(lsoa, distance) filter (where lsoa is not null) as lsoa,
        arg_min(gss_code, distance) filter (where gss_code is not null) as gss_code,
    from distances
    group by infant_id
)

select
    study_infants.infant_id,
    strftime(study_infants.birth_date, '%Y') as birth_year,
    authorities.country,
    authorities.la_code,
    ethnicities.ethnic_group as ethnicity,
    study_infants.maternal_age_years,
    areas.deprivation_quintile,
    case
        when study_infants.previous_live_births >= 2 then '2+'
        else study_infants.previous_live_births::varchar
    end as parity,
    study_infants.infant_sex,
    study_infants.gestation_days < $preterm_days as is_preterm,
    study_infants.n_infants_delivered > 1 as is_multiple_birth,
from study_infants
left join homes
    on study_infants.infant_id = homes.infant_id
left join authorities
    on homes.gss_code = authorities.gss_code
left join areas
    on homes.lsoa = areas.lsoa
left join codelist_ethnic_categories as ethnicities
    on study_infants.ethnic_category = ethnicities.code
order by study_infants.infant_id
