-- Grain: one row per child with a case.
-- Why: the authority holds names, and the mother for most children (ssd_mother); it holds no postcode of a child.
with

mothers as (
    -- Two mothers of one child are none that could be matched.
    select
        edges.moth_childs_person_id,
        min(persons.pers_common_child_id) as nhs_number,
        min(persons.pers_dob) as birth_date,
        min(persons.pers_forename) as forename,
        min(persons.pers_surname) as surname,
    from ssd_mother as edges
    inner join ssd_person as persons
        on edges.moth_person_id = persons.pers_person_id
    group by edges.moth_childs_person_id
    having count(distinct edges.moth_person_id) = 1
)

select
    persons.input,
    persons.source_file,
    persons.source_row,
    (select authorities.la_code, from authorities) as la_code,
    persons.pers_person_id as lachildid,
    persons.pers_common_child_id as nhsnumber,
    persons.pers_forename as forename,
    persons.pers_surname as surname,
    persons.pers_dob as personbirthdate,
    persons.pers_sex as sex,
    null::varchar as postcode,
    mothers.nhs_number as nhsnumbermother,
    mothers.birth_date as personbirthdatemother,
    mothers.forename as forenamemother,
    mothers.surname as surnamemother,
    persons.pers_expected_dob as expectedpersonbirthdate,
from ssd_person as persons
left join mothers
    on persons.pers_person_id = mothers.moth_childs_person_id
where
    persons.pers_person_id in (
        select ssd_cin_episodes.cine_person_id, from ssd_cin_episodes
        union all
        select ssd_cla_episodes.clae_person_id, from ssd_cla_episodes
    )
