-- Grain: one row per child in a snapshot.
-- Why: a snapshot holds cases open on its day and since 1 January: children receiving care and support, known to be
-- so on those days and on no others. The day of the referral is not held: 1 January stands for it.
select
    input,
    source_file,
    source_row,
    local_authority_code as la_code,
    year(iso_date(date_of_data_collection))::varchar as census_year,
    child_code_e as lachildid,
    date_trunc('year', iso_date(date_of_data_collection))::date::varchar as cinreferraldate,
    date_trunc('year', iso_date(date_of_data_collection))::date::varchar as cinplanstartdate,
    (iso_date(date_of_data_collection) + 1)::date::varchar as cinplanenddate,
from main_crcs
