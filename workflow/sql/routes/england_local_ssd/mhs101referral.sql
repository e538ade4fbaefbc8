-- Grain: one row per referral.
-- Why: a trust's tables have no month: a referral was last sent in that of its discharge, else in the last one held.
select
    referrals.input,
    referrals.source_file,
    referrals.source_row,
    referrals.localpatientid as person_id,
    month_number(
        coalesce(iso_date(referrals.servdischdate), (select iso_date(authorities.coverage_end), from authorities))
    )::varchar
        as uniqmonthid,
    referrals.servicerequestid as uniqservreqid,
    referrals.referralrequestreceiveddate,
    referrals.servdischdate,
from trust_mhs101referral as referrals
