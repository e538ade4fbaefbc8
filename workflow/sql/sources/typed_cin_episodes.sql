-- Grain: one row per referral episode (CINdetails) in a CIN census file.
-- Why: gives referral episodes their types. A closure before its referral is set to the referral (STANDARDS 1.5).
select
    details.source_file,
    details.source_row,
    trim(details.la_code) as la_code,
    try_cast(details.census_year as integer) as census_year,
    trim(details.lachildid) as la_child_id,
    iso_date(details.cinreferraldate) as referral_date,
    case
        when iso_date(details.cinclosuredate) is not null
            then greatest(iso_date(details.cinclosuredate), iso_date(details.cinreferraldate))
    end as closure_date,
    iso_date(details.cinclosuredate) as returned_closure_date,
    clean_code(details.reasonforclosure) as closure_reason,
    clean_code(details.referralsource) as referral_source,
    clean_code(details.primaryneedcode) as primary_need,
    is_rewritten(details.reasonforclosure) as is_closure_reason_rewritten,
    is_rewritten(details.referralsource) as is_referral_source_rewritten,
    is_rewritten(details.primaryneedcode) as is_primary_need_rewritten,
    iso_date(details.dateofinitialcpc) as initial_conference_date,
    coalesce(yes_no(details.referralnfa), false) as is_no_further_action,
    coalesce(details.referralnfa not in ('0', '1'), true) as is_action_flag_rewritten,
    case
        when
            not coalesce(regexp_full_match(trim(details.la_code), '\d{3}'), false)
            then 'authority_code_not_three_digits'
        when try_cast(details.census_year as integer) is null then 'census_year_not_a_number'
        when nullif(trim(details.lachildid), '') is null then 'child_id_missing'
        when iso_date(details.cinreferraldate) is null then 'referral_date_missing'
        when is_unreadable_iso(details.cinclosuredate)
            then 'closure_date_unreadable'
    end as broken_rule,
    case
        when iso_date(details.cinclosuredate) < iso_date(details.cinreferraldate)
            then 'closure_before_referral'
    end as mended_rule,
from cin_census_details as details
