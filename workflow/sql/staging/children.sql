-- Grain: one row per child known to an authority (child_key).
-- Why: the same child comes in each return; an unborn child gets the real birth date later. The latest value wins.
with

seen as (
    select
        child_key(la_code, la_child_id) as child_key,
        la_code,
        census_year as return_year,
        birth_date,
        expected_birth_date,
        sex_code,
        ethnicity,
        death_date,
    from typed_cin_children
    where broken_rule is null
    union all
    select
        child_key(la_code, la_child_id) as child_key,
        la_code,
        return_year,
        birth_date,
        null::date as expected_birth_date,
        sex_code,
        ethnicity,
        null::date as death_date,
    from typed_looked_after_children
    where broken_rule is null
)

select
    seen.child_key,
    min(seen.la_code) as la_code,
    arg_max(seen.birth_date, seen.return_year) filter (where seen.birth_date is not null) as birth_date,
    arg_max(seen.expected_birth_date, seen.return_year) filter (where seen.expected_birth_date is not null)
        as expected_birth_date,
    arg_max(sexes.sex, seen.return_year) filter (where sexes.sex is not null) as sex,
    arg_max(seen.ethnicity, seen.return_year) filter (where seen.ethnicity is not null) as ethnicity,
    max(seen.death_date) as death_date,
from seen
left join codelist_sexes as sexes
    on seen.sex_code = sexes.code
group by seen.child_key
order by seen.child_key
