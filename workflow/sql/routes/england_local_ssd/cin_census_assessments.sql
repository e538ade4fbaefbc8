-- Grain: one row per assessment.
-- Why: the factors are a list of codes in a table of their own.
with

factors as (
    select
        cinf_assessment_id,
        trim(regexp_replace(cinf_assessment_factors_json, '[^0-9A-Za-z]+', ' ', 'g')) as codes,
    from ssd_assessment_factors
)

select
    assessments.input,
    assessments.source_file,
    assessments.source_row,
    (select authorities.la_code, from authorities) as la_code,
    return_year_of((select iso_date(authorities.coverage_end), from authorities))::varchar as census_year,
    assessments.cina_person_id as lachildid,
    episodes.cine_referral_date as cinreferraldate,
    assessments.cina_assessment_start_date as assessmentactualstartdate,
    assessments.cina_assessment_auth_date as assessmentauthorisationdate,
    factors.codes as assessmentfactors,
from ssd_cin_assessments as assessments
left join ssd_cin_episodes as episodes
    on assessments.cina_referral_id = episodes.cine_referral_id
left join factors
    on assessments.cina_assessment_id = factors.cinf_assessment_id
