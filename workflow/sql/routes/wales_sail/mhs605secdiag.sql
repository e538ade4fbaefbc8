-- Grain: one row per secondary diagnosis of a hospital episode.
-- Why: every code after the first is secondary; no day of coding is held: a code counts from the day its episode began.
select
    codes.input,
    codes.source_file,
    codes.source_row,
    spells.alf_e as person_id,
    month_number(iso_date(episodes.epi_str_dt))::varchar as uniqmonthid,
    codes.prov_unit_cd || '/' || codes.spell_num_e as uniqservreqid,
    schemes.code as diagschemeinuse,
    codes.diag_cd_1234 as secdiag,
    episodes.epi_str_dt as codeddiagtimestamp,
from pedw_diag as codes
inner join pedw_episode as episodes
    on codes.prov_unit_cd = episodes.prov_unit_cd
    and codes.spell_num_e = episodes.spell_num_e
    and codes.epi_num = episodes.epi_num
inner join pedw_spell as spells
    on codes.prov_unit_cd = spells.prov_unit_cd
    and codes.spell_num_e = spells.spell_num_e
inner join codelist_diagnosis_schemes as schemes
    on schemes.scheme = 'icd10'
where try_cast(codes.diag_num as integer) > 1
