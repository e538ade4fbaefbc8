-- Grain: one row per child with a case.
-- Why: the standard keeps children and adults in one table: a child is whoever has a case or was looked after.
select
    persons.input,
    persons.source_file,
    persons.source_row,
    (select authorities.la_code, from authorities) as la_code,
    return_year_of((select iso_date(authorities.coverage_end), from authorities))::varchar as census_year,
    persons.pers_person_id as lachildid,
    persons.pers_dob as personbirthdate,
    persons.pers_expected_dob as expectedpersonbirthdate,
    null::varchar as gendercurrent,
    persons.pers_sex as sex,
    persons.pers_death_date as persondeathdate,
    persons.pers_ethnicity as ethnicity,
from ssd_person as persons
where
    persons.pers_person_id in (
        select ssd_cin_episodes.cine_person_id, from ssd_cin_episodes
        union all
        select ssd_cla_episodes.clae_person_id, from ssd_cla_episodes
    )
