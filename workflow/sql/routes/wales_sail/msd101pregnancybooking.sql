-- Grain: one row per mother and week of birth.
-- Why: the mother's linking field stands on the birth; births of one mother in one week are one delivery.
select
    min(input) as input,
    min(source_file) as source_file,
    min(source_row) as source_row,
    mat_alf_e || '/' || wob as uniqpregid,
    mat_alf_e as person_id_mother,
    wob as rpstartdate,
    null::varchar as antenatalappdate,
    null::varchar as recordnumber,
    null::varchar as previouslivebirths,
from child_births
where nullif(trim(mat_alf_e), '') is not null
group by mat_alf_e, wob
