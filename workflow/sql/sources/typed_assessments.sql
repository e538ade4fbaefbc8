-- Grain: one row per assessment in a CIN census file.
-- Why: gives assessments their types; factors are codes in order, parted by blanks.
select
    assessments.source_file,
    assessments.source_row,
    trim(assessments.la_code) as la_code,
    try_cast(assessments.census_year as integer) as census_year,
    trim(assessments.lachildid) as la_child_id,
    iso_date(assessments.cinreferraldate) as referral_date,
    iso_date(assessments.assessmentactualstartdate) as start_date,
    iso_date(assessments.assessmentauthorisationdate) as authorisation_date,
    array_to_string(
        list_sort(regexp_split_to_array(upper(trim(assessments.assessmentfactors)), '\s+')), ' '
    ) as factors,
    case
        when
            not coalesce(regexp_full_match(trim(assessments.la_code), '\d{3}'), false)
            then 'authority_code_not_three_digits'
        when try_cast(assessments.census_year as integer) is null then 'census_year_not_a_number'
        when nullif(trim(assessments.lachildid), '') is null then 'child_id_missing'
        when iso_date(assessments.cinreferraldate) is null then 'referral_date_missing'
        when iso_date(assessments.assessmentactualstartdate) is null then 'start_date_missing'
        when
            iso_date(assessments.assessmentauthorisationdate) < iso_date(assessments.assessmentactualstartdate)
            then 'end_before_start'
    end as broken_rule,
    null::varchar as mended_rule,
from cin_census_assessments as assessments
