-- Grain: one row per child on the register in a snapshot.
-- Why: the register's date is its start; no end is held, so that the last day known is that of the last snapshot.
select
    input,
    source_file,
    source_row,
    local_authority_code as la_code,
    year(iso_date(date_of_data_collection))::varchar as census_year,
    child_code_e as lachildid,
    cpr_date as cinreferraldate,
    cpr_date as cppstartdate,
    (iso_date(date_of_data_collection) + 1)::date::varchar as cppenddate,
    null::varchar as initialcategoryofabuse,
    null::varchar as latestcategoryofabuse,
    null::varchar as numberofpreviouscpp,
from main_crcs
where trim(child_protection_register) = '1'
