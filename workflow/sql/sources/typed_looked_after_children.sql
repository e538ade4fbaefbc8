-- Grain: one row per child in an SSDA903 header file.
-- Why: authority and year stand in the path, because the file does not carry them; the loader gives them as columns.
select
    children.source_file,
    children.source_row,
    trim(children.la_code) as la_code,
    try_cast(children.return_year as integer) as return_year,
    trim(children.child) as la_child_id,
    uk_date(left(trim(children.dob), 10)) as birth_date,
    uk_date(right(trim(children.dob), 10)) as latest_birth_date,
    clean_code(children.sex) as sex_code,
    clean_code(children.ethnic) as ethnicity,
    is_rewritten(children.ethnic) as is_ethnicity_rewritten,
    clean_code(children.upn) as upn,
    case
        when not coalesce(regexp_full_match(trim(children.la_code), '\d{3}'), false)
            then 'authority_code_not_three_digits'
        when try_cast(children.return_year as integer) is null then 'return_year_not_a_number'
        when nullif(trim(children.child), '') is null then 'child_id_missing'
        when uk_date(left(trim(children.dob), 10)) is null then 'birth_date_missing'
    end as broken_rule,
    null::varchar as mended_rule,
from ssda903_header as children
