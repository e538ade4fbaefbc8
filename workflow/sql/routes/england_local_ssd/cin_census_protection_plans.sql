-- Grain: one row per child protection plan.
-- Why: the standard writes categories of abuse in words, and the count of earlier plans not at all.
select
    plans.input,
    plans.source_file,
    plans.source_row,
    (select authorities.la_code, from authorities) as la_code,
    return_year_of((select iso_date(authorities.coverage_end), from authorities))::varchar as census_year,
    plans.cppl_person_id as lachildid,
    episodes.cine_referral_date as cinreferraldate,
    plans.cppl_cp_plan_start_date as cppstartdate,
    plans.cppl_cp_plan_end_date as cppenddate,
    coalesce(initial.code, plans.cppl_cp_plan_initial_category) as initialcategoryofabuse,
    coalesce(latest.code, plans.cppl_cp_plan_latest_category) as latestcategoryofabuse,
    null::varchar as numberofpreviouscpp,
from ssd_cp_plans as plans
left join ssd_cin_episodes as episodes
    on plans.cppl_referral_id = episodes.cine_referral_id
left join codelist_abuse_categories as initial
    on lower(trim(plans.cppl_cp_plan_initial_category)) = lower(initial.term)
left join codelist_abuse_categories as latest
    on lower(trim(plans.cppl_cp_plan_latest_category)) = lower(latest.term)
