-- Grain: one row per section 47 enquiry in a census return (XML or flat files).
-- Why: a flat file names the referral episode by its id; the study knows it by its day.
select
    xml.la_code,
    xml.census_year,
    xml.lachildid,
    xml.cinreferraldate,
    xml.s47actualstartdate,
    xml.initialcpctarget,
    xml.dateofinitialcpc,
    xml.icpcnotrequired,
    xml.input,
    xml.source_file,
    xml.source_row,
from cin_census_section_47 as xml
union all
select
    flat.la_code,
    flat.census_year,
    flat.lachildid,
    year_first(details.cinreferraldate) as cinreferraldate,
    year_first(flat.s47actualstartdate) as s47actualstartdate,
    year_first(flat.initialcpctarget) as initialcpctarget,
    year_first(flat.dateofinitialcpc) as dateofinitialcpc,
    flat.icpcnotrequired,
    flat.input,
    flat.source_file,
    flat.source_row,
from cin_flat_section_47 as flat
left join cin_flat_details as details
    on flat.la_code = details.la_code
    and flat.census_year = details.census_year
    and flat.lachildid = details.lachildid
    and flat.cindetailsid = details.cindetailsid
    and flat.input = details.input
