-- Grain: one row per child in a snapshot.
-- Why: the week of birth and the sex stand beside the child's linking field.
with

people as (
    select
        child_code_e,
        min(wob) as wob,
        min(gndr_cd) as gndr_cd,
    from crcs_pupil_alf
    group by child_code_e
)

select
    snapshots.input,
    snapshots.source_file,
    snapshots.source_row,
    snapshots.local_authority_code as la_code,
    year(iso_date(snapshots.date_of_data_collection))::varchar as census_year,
    snapshots.child_code_e as lachildid,
    date_interval(iso_date(people.wob), (iso_date(people.wob) + 6)::date) as personbirthdate,
    null::varchar as expectedpersonbirthdate,
    people.gndr_cd as gendercurrent,
    null::varchar as sex,
    null::varchar as persondeathdate,
    snapshots.ethnic_origin_code as ethnicity,
from main_crcs as snapshots
left join people
    on snapshots.child_code_e = people.child_code_e
