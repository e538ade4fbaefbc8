-- Grain: one row per section 47 enquiry.
-- Why: the enquiry's own end is left aside: no return has one, and an enquiry lasts as long in every route.
with

conferences as (
    select
        icpc_s47_enquiry_id,
        min(icpc_icpc_date) as icpc_date,
    from ssd_initial_cp_conference
    group by icpc_s47_enquiry_id
)

select
    enquiries.input,
    enquiries.source_file,
    enquiries.source_row,
    (select authorities.la_code, from authorities) as la_code,
    return_year_of((select iso_date(authorities.coverage_end), from authorities))::varchar as census_year,
    enquiries.s47e_person_id as lachildid,
    episodes.cine_referral_date as cinreferraldate,
    enquiries.s47e_s47_start_date as s47actualstartdate,
    conferences.icpc_date as dateofinitialcpc,
from ssd_s47_enquiry as enquiries
left join ssd_cin_episodes as episodes
    on enquiries.s47e_referral_id = episodes.cine_referral_id
left join conferences
    on enquiries.s47e_s47_enquiry_id = conferences.icpc_s47_enquiry_id
