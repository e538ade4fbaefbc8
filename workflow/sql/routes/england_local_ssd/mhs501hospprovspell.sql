-- Grain: one row per hospital provider spell.
-- Why: the patient stands on the referral; the month is that of the discharge, else the last one held.
select
    spells.input,
    spells.source_file,
    spells.source_row,
    referrals.localpatientid as person_id,
    month_number(
        coalesce(iso_date(spells.dischdatehospprovspell), (select iso_date(authorities.coverage_end), from authorities))
    )::varchar
        as uniqmonthid,
    spells.hospprovspellid as uniqhospprovspellid,
    spells.startdatehospprovspell,
    spells.dischdatehospprovspell,
from trust_mhs501hospprovspell as spells
left join trust_mhs101referral as referrals
    on spells.servicerequestid = referrals.servicerequestid
