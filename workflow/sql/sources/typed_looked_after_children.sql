-- Grain: one row per child in an SSDA903 header file.
-- Why: authority and year stand in the path, because the file does not carry them.
with

located as (
    select
        rows_read.*,
        regexp_extract(rows_read.source_file, 'authorities/([^/]+)/ssda903/', 1) as la_code,
        regexp_extract(rows_read.source_file, 'ssda903/([^/]+)/', 1) as return_year,
    from ssda903_header as rows_read
)

select
    children.source_file,
    children.source_row,
    children.la_code,
    try_cast(children.return_year as integer) as return_year,
    trim(children.child) as la_child_id,
    uk_date(children.dob) as birth_date,
    clean_code(children.sex) as sex_code,
    clean_code(children.ethnic) as ethnicity,
    case
        when not regexp_full_match(children.la_code, '\d{3}') then 'authority_code_not_three_digits'
        when try_cast(children.return_year as integer) is null then 'return_year_not_a_number'
        when nullif(trim(children.child), '') is null then 'child_id_missing'
        when uk_date(children.dob) is null then 'birth_date_missing'
    end as broken_rule,
    null::varchar as mended_rule,
from located as children
