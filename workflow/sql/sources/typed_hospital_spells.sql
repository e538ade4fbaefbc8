-- Grain: one row per row of MHS501HospProvSpell (a spell in a month's submission).
-- Why: gives spells their types; a broken rule sets the row aside.
select
    spells.source_file,
    spells.source_row,
    trim(spells.person_id) as person_id,
    trim(spells.uniqhospprovspellid) as spell_id,
    try_cast(spells.uniqmonthid as integer) as month_id,
    iso_date(spells.startdatehospprovspell) as start_date,
    iso_date(spells.dischdatehospprovspell) as end_date,
    case
        when nullif(trim(spells.person_id), '') is null then 'person_id_missing'
        when nullif(trim(spells.uniqhospprovspellid), '') is null then 'spell_id_missing'
        when try_cast(spells.uniqmonthid as integer) is null then 'month_not_a_number'
        when iso_date(spells.startdatehospprovspell) is null then 'admission_date_missing'
        when is_unreadable_iso(spells.dischdatehospprovspell)
            then 'discharge_date_unreadable'
        when iso_date(spells.dischdatehospprovspell) < iso_date(spells.startdatehospprovspell)
            then 'discharge_before_admission'
    end as broken_rule,
    null::varchar as mended_rule,
from mhs501hospprovspell as spells
