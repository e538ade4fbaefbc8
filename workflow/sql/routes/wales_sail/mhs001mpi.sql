-- Grain: one row per hospital episode of a woman.
-- Why: Wales has no index of patients: age and ethnicity stand on each episode, and no address but the nation.
select
    episodes.input,
    episodes.source_file,
    episodes.source_row,
    spells.alf_e as person_id,
    month_number(iso_date(episodes.epi_str_dt))::varchar as uniqmonthid,
    date_interval(
        earliest_birth(try_cast(episodes.age_epi_str_yr as integer), iso_date(episodes.epi_str_dt)),
        latest_birth(try_cast(episodes.age_epi_str_yr as integer), iso_date(episodes.epi_str_dt))
    ) as personbirthdate,
    null::varchar as persdeathdate,
    episodes.eth_grp_derived_cd as ethniccategory,
    null::varchar as maritalstatus,
    null::varchar as lsoa2021,
    nations.gss_code as ladistrictauth,
from pedw_episode as episodes
inner join pedw_spell as spells
    on episodes.prov_unit_cd = spells.prov_unit_cd
    and episodes.spell_num_e = spells.spell_num_e
inner join codelist_nations as nations
    on nations.country = 'Wales'
inner join codelist_alf_statuses as statuses
    on trim(spells.alf_sts_cd) = statuses.code
where nullif(trim(spells.alf_e), '') is not null
