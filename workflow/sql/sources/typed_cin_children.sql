-- Grain: one row per child in a CIN census file.
-- Why: gives the children of the census their types; unborn children have an expected date instead.
select
    children.source_file,
    children.source_row,
    trim(children.la_code) as la_code,
    try_cast(children.census_year as integer) as census_year,
    trim(children.lachildid) as la_child_id,
    iso_date(children.personbirthdate) as birth_date,
    latest_date(children.personbirthdate) as latest_birth_date,
    iso_date(children.expectedpersonbirthdate) as expected_birth_date,
    clean_code(coalesce(children.sex, children.gendercurrent)) as sex_code,
    clean_code(children.ethnicity) as ethnicity,
    is_rewritten(children.ethnicity) as is_ethnicity_rewritten,
    iso_date(children.persondeathdate) as death_date,
    clean_code(children.upn) as upn,
    clean_code(children.upnunknown) as upn_unknown,
    case
        when
            not coalesce(regexp_full_match(trim(children.la_code), '\d{3}'), false)
            then 'authority_code_not_three_digits'
        when try_cast(children.census_year as integer) is null then 'census_year_not_a_number'
        when nullif(trim(children.lachildid), '') is null then 'child_id_missing'
        when is_unreadable_iso(children.personbirthdate)
            then 'birth_date_unreadable'
    end as broken_rule,
    -- A birth in 1900 is no birth date: another return may hold it.
    case
        when children.personbirthdate is not null and iso_date(children.personbirthdate) is null
            then 'placeholder_birth_date'
    end as mended_rule,
from cin_census_children as children
