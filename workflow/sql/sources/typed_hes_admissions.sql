-- Grain: one row per row of HES APC (a finished consultant episode).
-- Why: the other national source of admissions in England; ids are text, placeholder dates are no dates.
select
    episodes.source_file,
    episodes.source_row,
    trim(episodes.pseudo_hesid) as person_id,
    trim(episodes.epikey) as episode_id,
    try_cast(episodes.epiorder as integer) as episode_order,
    iso_date(episodes.admidate) as admission_date,
    iso_date(episodes.epistart) as start_date,
    iso_date(episodes.epiend) as end_date,
    iso_date(episodes.disdate) as discharge_date,
    clean_code(episodes.mainspef) as main_specialty,
    case
        when nullif(trim(episodes.pseudo_hesid), '') is null then 'person_id_missing'
        when nullif(trim(episodes.epikey), '') is null then 'episode_id_missing'
        when iso_date(episodes.admidate) is null then 'admission_date_missing'
        when iso_date(episodes.epistart) is null then 'start_date_missing'
        when iso_date(episodes.epiend) < iso_date(episodes.epistart) then 'end_before_start'
    end as broken_rule,
    null::varchar as mended_rule,
from hes_apc as episodes
