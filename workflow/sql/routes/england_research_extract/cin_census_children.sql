-- Grain: one row per child in a census year.
-- Why: the extract repeats the child on each row of an episode and plan, and tells the month of birth alone.
with

first_rows as (
    -- The number alone, not a window over whole rows: those are many, and all text.
    select
        arg_min(source_file, source_row) as source_file,
        min(source_row) as source_row,
    from cin_census
    group by cin_acadyr, cin_la, cin_lachildid_anon
)

select
    cin_census.input,
    cin_census.source_file,
    cin_census.source_row,
    cin_census.cin_la as la_code,
    cin_census.cin_acadyr as census_year,
    cin_census.cin_lachildid_anon as lachildid,
    coalesce(
        cin_census.cin_dob,
        month_interval(
            try_cast(cin_census.cin_yearofbirth as integer), try_cast(cin_census.cin_monthofbirth as integer)
        )
    ) as personbirthdate,
    cin_census.cin_expecteddob as expectedpersonbirthdate,
    cin_census.cin_gender as gendercurrent,
    null::varchar as sex,
    null::varchar as persondeathdate,
    cin_census.cin_ethnicity as ethnicity,
from cin_census
semi join first_rows
    on cin_census.source_file = first_rows.source_file
    and cin_census.source_row = first_rows.source_row
