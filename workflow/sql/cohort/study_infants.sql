-- Grain: one row per liveborn infant of the study period (infant_id).
-- Why: the infants who can make a dyad, with what could speak against it.
with

mothers as (
    -- ASSUME: a birth date known by ages alone is the middle of the days that it can be.
    select
        person_id,
        (birth_date + ((latest_birth_date - birth_date) // 2)::integer)::date as birth_date,
        ethnic_category,
        death_date,
    from patients
)

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
    date_diff('year', mothers.birth_date, births.birth_date)
    - case
        when strftime(births.birth_date, '%m%d') < strftime(mothers.birth_date, '%m%d') then 1
        else 0
    end as maternal_age_years,
    mothers.ethnic_category,
    mothers.death_date as mother_death_date,
    births.n_mothers = 1 as has_one_mother,
from births
inner join mothers
    on births.mother_id = mothers.person_id
where
    births.is_live_birth
    and births.birth_date between $first_birth_date and $last_birth_date
order by births.infant_id
