-- Grain: one row per child-in-need plan.
-- Why: the referral's date stands on the episode.
select
    plans.input,
    plans.source_file,
    plans.source_row,
    (select authorities.la_code, from authorities) as la_code,
    return_year_of((select iso_date(authorities.coverage_end), from authorities))::varchar as census_year,
    plans.cinp_person_id as lachildid,
    episodes.cine_referral_date as cinreferraldate,
    plans.cinp_cin_plan_start_date as cinplanstartdate,
    plans.cinp_cin_plan_end_date as cinplanenddate,
from ssd_cin_plans as plans
left join ssd_cin_episodes as episodes
    on plans.cinp_referral_id = episodes.cine_referral_id
