-- Grain: one row per live birth.
-- Why: the week of birth is known by its Monday; gestation and deaths are not held. A birth without a linking field
-- of the mother is a delivery of its own.
select
    input,
    source_file,
    source_row,
    coalesce(nullif(trim(mat_alf_e), '') || '/' || wob, 'birth/' || child_id_e) as uniqpregid,
    alf_e as person_id_baby,
    wob as rpstartdate,
    date_interval(iso_date(wob), (iso_date(wob) + 6)::date) as personbirthdatebaby,
    null::varchar as persondeathdatebaby,
    (select min(codelist_live_birth_outcomes.code), from codelist_live_birth_outcomes) as pregoutcome,
    gndr_cd as personphensex,
    null::varchar as gestationlengthbirth,
    null::varchar as ethniccategorybaby,
from child_births
