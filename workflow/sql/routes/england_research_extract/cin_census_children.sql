-- Grain: one row per child in a census year.
-- Why: the extract repeats the child on each row of an episode and plan, and tells the month of birth alone.
with

repeated_keys as (
    -- Numbers in place of the texts of the key, which would be as many again: nearly all rows are the only ones.
    select hash(cin_acadyr, cin_la, cin_lachildid_anon) as key_hash,
    from cin_census
    group by key_hash
    having count(*) > 1
),

later_rows as (
    select
        cin_census.source_file,
        cin_census.source_row,
    from cin_census
    semi join repeated_keys
        on hash(cin_census.cin_acadyr, cin_census.cin_la, cin_census.cin_lachildid_anon) = repeated_keys.key_hash
    qualify
        row_number() over (
            partition by cin_census.cin_acadyr, cin_census.cin_la, cin_census.cin_lachildid_anon
            order by
                cin_census.cin_referraldate,
                cin_census.cin_cppstartdate,
                cin_census.cin_dob,
                cin_census.cin_yearofbirth,
                cin_census.cin_monthofbirth,
                cin_census.cin_expecteddob,
                cin_census.cin_gender,
                cin_census.cin_ethnicity,
                cin_census.cin_cppenddate,
                cin_census.source_row,
                cin_census.source_file
        ) > 1
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
anti join later_rows
    on cin_census.source_file = later_rows.source_file
    and cin_census.source_row = later_rows.source_row
