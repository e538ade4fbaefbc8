-- Grain: one row per child protection plan in a census return (XML or flat files).
-- Why: a flat file names the referral episode by its id; the study knows it by its day.
select
    xml.la_code,
    xml.census_year,
    xml.lachildid,
    xml.cinreferraldate,
    xml.cppstartdate,
    xml.cppenddate,
    xml.initialcategoryofabuse,
    xml.latestcategoryofabuse,
    xml.numberofpreviouscpp,
    xml.input,
    xml.source_file,
    xml.source_row,
from cin_census_protection_plans as xml
union all
select
    flat.la_code,
    flat.census_year,
    flat.lachildid,
    year_first(details.cinreferraldate) as cinreferraldate,
    year_first(flat.cppstartdate) as cppstartdate,
    year_first(flat.cppenddate) as cppenddate,
    flat.initialcategoryofabuse,
    flat.latestcategoryofabuse,
    flat.numberofpreviouscpp,
    flat.input,
    flat.source_file,
    flat.source_row,
from cin_flat_protection_plans as flat
left join cin_flat_details as details
    on flat.la_code = details.la_code
    and flat.census_year = details.census_year
    and flat.lachildid = details.lachildid
    and flat.cindetailsid = details.cindetailsid
    and flat.input = details.input
