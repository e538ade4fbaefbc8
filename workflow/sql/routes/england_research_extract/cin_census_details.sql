-- Grain: one row per referral episode in a census year.
-- Why: an episode with several plans has a row for each of them.
select
    input,
    source_file,
    source_row,
    cin_la as la_code,
    cin_acadyr as census_year,
    cin_lachildid_anon as lachildid,
    cin_referraldate as cinreferraldate,
    cin_cinclosuredate as cinclosuredate,
    cin_reasonforclosure as reasonforclosure,
    cin_referralsource as referralsource,
    cin_primaryneedcode as primaryneedcode,
    cin_dateofinitialcpc as dateofinitialcpc,
    cin_referralnfa as referralnfa,
from cin_census
qualify
    row_number() over (
        partition by cin_acadyr, cin_la, cin_lachildid_anon, cin_referraldate order by source_row
    ) = 1
