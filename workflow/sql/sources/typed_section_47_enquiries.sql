-- Grain: one row per section 47 enquiry in a CIN census file.
-- Why: gives section 47 enquiries their types.
select
    enquiries.source_file,
    enquiries.source_row,
    trim(enquiries.la_code) as la_code,
    try_cast(enquiries.census_year as integer) as census_year,
    trim(enquiries.lachildid) as la_child_id,
    iso_date(enquiries.cinreferraldate) as referral_date,
    iso_date(enquiries.s47actualstartdate) as start_date,
    iso_date(enquiries.dateofinitialcpc) as initial_conference_date,
    coalesce(yes_no(enquiries.icpcnotrequired), false) as is_conference_not_required,
    case
        when
            not coalesce(regexp_full_match(trim(enquiries.la_code), '\d{3}'), false)
            then 'authority_code_not_three_digits'
        when try_cast(enquiries.census_year as integer) is null then 'census_year_not_a_number'
        when nullif(trim(enquiries.lachildid), '') is null then 'child_id_missing'
        when iso_date(enquiries.cinreferraldate) is null then 'referral_date_missing'
        when iso_date(enquiries.s47actualstartdate) is null then 'start_date_missing'
    end as broken_rule,
    null::varchar as mended_rule,
from cin_census_section_47 as enquiries
