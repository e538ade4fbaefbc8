-- Grain: one row per assessment in a census return (XML or flat files).
-- Why: a flat file names the referral episode by its id; the study knows it by its day.
with

factors as (
    -- One row for each assessment, its factors with a blank between.
    select
        la_code,
        census_year,
        lachildid,
        cindetailsid,
        assessmentsid,
        input,
        string_agg(trim(assessmentfactors), ' ' order by assessmentfactors) as assessmentfactors,
    from cin_flat_assessment_factors
    group by all
)

select
    xml.la_code,
    xml.census_year,
    xml.lachildid,
    xml.cinreferraldate,
    xml.assessmentactualstartdate,
    xml.assessmentauthorisationdate,
    xml.assessmentfactors,
    xml.input,
    xml.source_file,
    xml.source_row,
from cin_census_assessments as xml
union all
select
    flat.la_code,
    flat.census_year,
    flat.lachildid,
    year_first(details.cinreferraldate) as cinreferraldate,
    year_first(flat.assessmentactualstartdate) as assessmentactualstartdate,
    year_first(flat.assessmentauthorisationdate) as assessmentauthorisationdate,
    factors.assessmentfactors,
    flat.input,
    flat.source_file,
    flat.source_row,
from cin_flat_assessments as flat
left join cin_flat_details as details
    on flat.la_code = details.la_code
    and flat.census_year = details.census_year
    and flat.lachildid = details.lachildid
    and flat.cindetailsid = details.cindetailsid
    and flat.input = details.input
left join factors
    on flat.la_code = factors.la_code
    and flat.census_year = factors.census_year
    and flat.lachildid = factors.lachildid
    and flat.cindetailsid = factors.cindetailsid
    and flat.assessmentsid = factors.assessmentsid
    and flat.input = factors.input
