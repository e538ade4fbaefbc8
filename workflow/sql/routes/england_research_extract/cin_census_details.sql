-- Grain: one row per referral episode in a census year.
-- Why: an episode with several plans has a row for each of them.
with

first_rows as (
    -- The number alone, not a window over whole rows: those are many, and all text.
    select
        arg_min(source_file, source_row) as source_file,
        min(source_row) as source_row,
    from cin_census
    group by cin_acadyr, cin_la, cin_lachildid_anon, cin_referraldate
)

select
    cin_census.input,
    cin_census.source_file,
    cin_census.source_row,
    cin_census.cin_la as la_code,
    cin_census.cin_acadyr as census_year,
    cin_census.cin_lachildid_anon as lachildid,
    cin_census.cin_referraldate as cinreferraldate,
    cin_census.cin_cinclosuredate as cinclosuredate,
    cin_census.cin_reasonforclosure as reasonforclosure,
    cin_census.cin_referralsource as referralsource,
    cin_census.cin_primaryneedcode as primaryneedcode,
    cin_census.cin_dateofinitialcpc as dateofinitialcpc,
    cin_census.cin_referralnfa as referralnfa,
from cin_census
semi join first_rows
    on cin_census.source_file = first_rows.source_file
    and cin_census.source_row = first_rows.source_row
