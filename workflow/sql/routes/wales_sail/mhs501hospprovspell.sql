-- Grain: one row per psychiatric hospital spell.
-- Why: PEDW holds every hospital spell and no ward type. ASSUME: a spell is psychiatric when a consultant of one of
-- its episodes is of a listed specialty; where none is given, when a primary diagnosis is a mental disorder.
with

psychiatric as (
    select distinct
        episodes.prov_unit_cd,
        episodes.spell_num_e,
    from pedw_episode as episodes
    left join codelist_psychiatric_specialties as specialties
        on trim(episodes.con_spec_main_cd) = specialties.code
    left join codelist_diagnosis_groups as groups
        on starts_with(icd10(episodes.diag_cd_123), groups.code_prefix)
    where
        specialties.code is not null
        or (nullif(trim(episodes.con_spec_main_cd), '') is null and groups.code_prefix is not null)
)

select
    spells.input,
    spells.source_file,
    spells.source_row,
    spells.alf_e as person_id,
    month_number(coalesce(iso_date(spells.disch_dt), iso_date(spells.admis_dt)))::varchar as uniqmonthid,
    spells.prov_unit_cd || '/' || spells.spell_num_e as uniqhospprovspellid,
    spells.admis_dt as startdatehospprovspell,
    spells.disch_dt as dischdatehospprovspell,
from pedw_spell as spells
inner join psychiatric
    on spells.prov_unit_cd = psychiatric.prov_unit_cd
    and spells.spell_num_e = psychiatric.spell_num_e
inner join codelist_alf_statuses as statuses
    on trim(spells.alf_sts_cd) = statuses.code
