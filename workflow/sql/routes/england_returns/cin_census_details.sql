-- Grain: one row per referral episode in a census return (XML or flat files).
-- Why: both forms of the return go on as one.
select
    details.la_code,
    details.census_year,
    details.lachildid,
    details.cinreferraldate,
    details.referralsource,
    details.primaryneedcode,
    details.cinclosuredate,
    details.reasonforclosure,
    details.dateofinitialcpc,
    details.referralnfa,
    details.input,
    details.source_file,
    details.source_row,
from cin_census_details as details
union all
select
    flat.la_code,
    flat.census_year,
    flat.lachildid,
    year_first(flat.cinreferraldate) as cinreferraldate,
    flat.referralsource,
    flat.primaryneedcode,
    year_first(flat.cinclosuredate) as cinclosuredate,
    flat.reasonforclosure,
    year_first(flat.dateofinitialcpc) as dateofinitialcpc,
    flat.referralnfa,
    flat.input,
    flat.source_file,
    flat.source_row,
from cin_flat_details as flat
