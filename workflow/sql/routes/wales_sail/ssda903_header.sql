-- Grain: one row per looked-after child and year.
-- Why: the week of birth and the sex stand beside the child's linking field.
with

people as (
    select
        system_id_e,
        min(wob) as wob,
        min(gndr_cd) as gndr_cd,
    from lacw_pupil_alf
    group by system_id_e
)

select
    children.input,
    children.source_file,
    children.source_row,
    children.local_authority_code as la_code,
    year_of_code(children.year_code)::varchar as return_year,
    children.system_id_e as child,
    people.gndr_cd as sex,
    day_first(date_interval(iso_date(people.wob), (iso_date(people.wob) + 6)::date)) as dob,
    children.ethnicity as ethnic,
from child_main as children
left join people
    on children.system_id_e = people.system_id_e
