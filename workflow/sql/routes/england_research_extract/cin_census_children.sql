-- Grain: one row per child in a census year.
-- Why: the extract repeats the child on each row of an episode and plan, and tells the month of birth alone.
select
    input,
    source_file,
    source_row,
    cin_la as la_code,
    cin_acadyr as census_year,
    cin_lachildid_anon as lachildid,
    coalesce(
        cin_dob,
        month_interval(try_cast(cin_yearofbirth as integer), try_cast(cin_monthofbirth as integer))
    ) as personbirthdate,
    cin_expecteddob as expectedpersonbirthdate,
    cin_gender as gendercurrent,
    null::varchar as sex,
    null::varchar as persondeathdate,
    cin_ethnicity as ethnicity,
from cin_census
qualify row_number() over (partition by cin_acadyr, cin_la, cin_lachildid_anon order by source_row) = 1
