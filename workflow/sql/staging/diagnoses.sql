-- Grain: one row per patient, referral, position, code and day recorded.
-- Why: a diagnosis is sent again each month; the same one counts once.
select distinct
    person_id,
    referral_id,
    position,
    icd10_code,
    recorded_date,
from typed_diagnoses
where broken_rule is null
order by person_id, referral_id, position, recorded_date, icd10_code
