-- Grain: one row per child-in-need plan in a CIN census file.
-- Why: gives child-in-need plans (census 2022 on) their types.
select
    plans.source_file,
    plans.source_row,
    trim(plans.la_code) as la_code,
    try_cast(plans.census_year as integer) as census_year,
    trim(plans.lachildid) as la_child_id,
    iso_date(plans.cinreferraldate) as referral_date,
    iso_date(plans.cinplanstartdate) as start_date,
    iso_date(plans.cinplanenddate) as end_date,
    case
        when not coalesce(regexp_full_match(trim(plans.la_code), '\d{3}'), false) then 'authority_code_not_three_digits'
        when try_cast(plans.census_year as integer) is null then 'census_year_not_a_number'
        when nullif(trim(plans.lachildid), '') is null then 'child_id_missing'
        when iso_date(plans.cinreferraldate) is null then 'referral_date_missing'
        when iso_date(plans.cinplanstartdate) is null then 'start_date_missing'
        when iso_date(plans.cinplanenddate) < iso_date(plans.cinplanstartdate) then 'end_before_start'
    end as broken_rule,
    null::varchar as mended_rule,
from cin_census_plans as plans
