-- Grain: one row per referral episode in a census year.
-- Why: an episode with several plans has a row for each of them.
with

repeated_keys as (
    -- Numbers in place of the texts of the key, which would be as many again: nearly all rows are the only ones.
    select hash(cin_acadyr, cin_la, cin_lachildid_anon, cin_referraldate) as key_hash,
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
        on repeated_keys.key_hash = hash(
            cin_census.cin_acadyr, cin_census.cin_la, cin_census.cin_lachildid_anon, cin_census.cin_referraldate
        )
    qualify
        row_number() over (
            partition by
                cin_census.cin_acadyr, cin_census.cin_la, cin_census.cin_lachildid_anon, cin_census.cin_referraldate
            order by
                cin_census.cin_cppstartdate,
                cin_census.cin_cinclosuredate,
                cin_census.cin_reasonforclosure,
                cin_census.cin_referralsource,
                cin_census.cin_primaryneedcode,
                cin_census.cin_dateofinitialcpc,
                cin_census.cin_referralnfa,
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
    cin_census.cin_referraldate as cinreferraldate,
    cin_census.cin_cinclosuredate as cinclosuredate,
    cin_census.cin_reasonforclosure as reasonforclosure,
    cin_census.cin_referralsource as referralsource,
    cin_census.cin_primaryneedcode as primaryneedcode,
    cin_census.cin_dateofinitialcpc as dateofinitialcpc,
    cin_census.cin_referralnfa as referralnfa,
from cin_census
anti join later_rows
    on cin_census.source_file = later_rows.source_file
    and cin_census.source_row = later_rows.source_row
