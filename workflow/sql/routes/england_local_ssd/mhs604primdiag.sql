-- Grain: one row per primary diagnosis.
-- Why: the patient stands on the referral; the month is that in which the code was recorded.
select
    diagnoses.input,
    diagnoses.source_file,
    diagnoses.source_row,
    referrals.localpatientid as person_id,
    month_number(iso_date(diagnoses.codeddiagtimestamp))::varchar as uniqmonthid,
    diagnoses.servicerequestid as uniqservreqid,
    diagnoses.diagschemeinuse,
    diagnoses.primdiag,
    diagnoses.codeddiagtimestamp,
from trust_mhs604primdiag as diagnoses
left join trust_mhs101referral as referrals
    on diagnoses.servicerequestid = referrals.servicerequestid
