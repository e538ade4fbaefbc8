-- Grain: one row per child protection plan in a CIN census file.
-- Why: gives child protection plans their types; a plan may start before the birth (unborn on a plan).
select
    plans.source_file,
    plans.source_row,
    trim(plans.la_code) as la_code,
    try_cast(plans.census_year as integer) as census_year,
    trim(plans.lachildid) as la_child_id,
    iso_date(plans.cinreferraldate) as referral_date,
    iso_date(plans.cppstartdate) as start_date,
    iso_date(plans.cppenddate) as end_date,
    clean_code(plans.initialcategoryofabuse) as initial_category,
    clean_code(plans.latestcategoryofabuse) as latest_category,
    is_rewritten(plans.initialcategoryofabuse) as is_initial_category_rewritten,
    is_rewritten(plans.latestcategoryofabuse) as is_latest_category_rewritten,
    try_cast(plans.numberofpreviouscpp as integer) as n_previous_plans,
    case
        when not coalesce(regexp_full_match(trim(plans.la_code), '\d{3}'), false) then 'authority_code_not_three_digits'
        when try_cast(plans.census_year as integer) is null then 'census_year_not_a_number'
        when nullif(trim(plans.lachildid), '') is null then 'child_id_missing'
        when iso_date(plans.cinreferraldate) is null then 'referral_date_missing'
        when iso_date(plans.cppstartdate) is null then 'start_date_missing'
        when is_unreadable_iso(plans.cppenddate) then 'end_date_unreadable'
        when iso_date(plans.cppenddate) < iso_date(plans.cppstartdate) then 'end_before_start'
    end as broken_rule,
    -- An end of 1800 is no end: the plan is open as far as anybody knows.
    case when plans.cppenddate is not null and iso_date(plans.cppenddate) is null then 'placeholder_end_date' end
        as mended_rule,
from cin_census_protection_plans as plans
