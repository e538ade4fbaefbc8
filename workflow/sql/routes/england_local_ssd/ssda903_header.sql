-- Grain: one row per looked-after child.
-- Why: the child's own facts stand in the table of persons.
select
    persons.input,
    persons.source_file,
    persons.source_row,
    (select authorities.la_code, from authorities) as la_code,
    return_year_of((select iso_date(authorities.coverage_end), from authorities))::varchar as return_year,
    persons.pers_person_id as child,
    persons.pers_sex as sex,
    day_first(persons.pers_dob) as dob,
    persons.pers_ethnicity as ethnic,
from ssd_person as persons
where persons.pers_person_id in (select ssd_cla_episodes.clae_person_id, from ssd_cla_episodes)
