-- Grain: one row per liveborn infant of the study period (infant_id).
-- Why: the infants who can make a dyad, with what could speak against it.
select
    births.infant_id,
    births.mother_id,
    births.birth_date,
    births.latest_birth_date,
    births.death_date as infant_death_date,
    births.sex as infant_sex,
    births.ethnic_group as infant_ethnic_group,
    births.gestation_days,
    births.n_infants_delivered,
    births.previous_live_births,
    births.maternal_age_years,
    patients.ethnic_category,
    patients.death_date as mother_death_date,
    births.n_mothers = 1 as has_one_mother,
from births
inner join patients
    on births.mother_id = patients.person_id
where
    births.is_live_birth
    and births.birth_date between $first_birth_date and $last_birth_date
order by births.infant_id
