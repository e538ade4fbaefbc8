-- Grain: one row per referral episode.
-- Why: the authority's own system holds each episode once, as it stands on the last day.
with

conferences as (
    select
        icpc_referral_id,
        min(icpc_icpc_date) as icpc_date,
    from ssd_initial_cp_conference
    group by icpc_referral_id
)

select
    episodes.input,
    episodes.source_file,
    episodes.source_row,
    (select authorities.la_code, from authorities) as la_code,
    return_year_of((select iso_date(authorities.coverage_end), from authorities))::varchar as census_year,
    episodes.cine_person_id as lachildid,
    episodes.cine_referral_date as cinreferraldate,
    episodes.cine_close_date as cinclosuredate,
    episodes.cine_close_reason as reasonforclosure,
    episodes.cine_referral_source_code as referralsource,
    episodes.cine_cin_primary_need_code as primaryneedcode,
    conferences.icpc_date as dateofinitialcpc,
    episodes.cine_referral_nfa as referralnfa,
from ssd_cin_episodes as episodes
left join conferences
    on episodes.cine_referral_id = conferences.icpc_referral_id
