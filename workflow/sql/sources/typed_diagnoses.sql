-- Grain: one row per row of MHS604PrimDiag and MHS605SecDiag.
-- Why: both tables have one shape; SNOMED CT (scheme 06) cannot be read here yet and is set aside by name.
with

recorded as (
    select
        source_file,
        source_row,
        person_id,
        uniqservreqid,
        uniqmonthid,
        diagschemeinuse,
        codeddiagtimestamp,
        primdiag as diagnosis,
        'primary' as position,
    from mhs604primdiag
    union all
    select
        source_file,
        source_row,
        person_id,
        uniqservreqid,
        uniqmonthid,
        diagschemeinuse,
        codeddiagtimestamp,
        secdiag as diagnosis,
        'secondary' as position,
    from mhs605secdiag
)

select
    recorded.source_file,
    recorded.source_row,
    trim(recorded.person_id) as person_id,
    recorded.uniqservreqid as referral_id,
    try_cast(recorded.uniqmonthid as integer) as month_id,
    recorded.position,
    icd10(recorded.diagnosis) as icd10_code,
    iso_date(recorded.codeddiagtimestamp) as recorded_date,
    case
        when nullif(trim(recorded.person_id), '') is null then 'person_id_missing'
        when nullif(trim(recorded.uniqservreqid), '') is null then 'referral_id_missing'
        when try_cast(recorded.uniqmonthid as integer) is null then 'month_not_a_number'
        when coalesce(clean_code(recorded.diagschemeinuse), '') != $icd10_scheme then 'diagnosis_scheme_not_icd10'
        when icd10(recorded.diagnosis) is null then 'diagnosis_missing'
        when iso_date(recorded.codeddiagtimestamp) is null then 'recorded_date_missing'
    end as broken_rule,
    null::varchar as mended_rule,
from recorded
