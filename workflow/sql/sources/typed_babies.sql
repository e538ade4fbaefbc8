-- Grain: one row per row of MSD401BabyDemographics (a baby in a month's submission).
-- Why: gives babies their types; a broken rule sets the row aside.
select
    babies.source_file,
    babies.source_row,
    trim(babies.uniqpregid) as pregnancy_id,
    trim(babies.person_id_baby) as infant_id,
    iso_date(babies.rpstartdate) as period_start_date,
    iso_date(babies.personbirthdatebaby) as birth_date,
    latest_date(babies.personbirthdatebaby) as latest_birth_date,
    iso_date(babies.persondeathdatebaby) as death_date,
    clean_code(babies.pregoutcome) as pregnancy_outcome,
    clean_code(babies.personphensex) as sex_code,
    try_cast(babies.gestationlengthbirth as integer) as gestation_days,
    clean_code(babies.ethniccategorybaby) as ethnic_category,
    case
        when nullif(trim(babies.uniqpregid), '') is null then 'pregnancy_id_missing'
        when nullif(trim(babies.person_id_baby), '') is null then 'infant_id_missing'
        when iso_date(babies.personbirthdatebaby) is null then 'birth_date_missing'
        when iso_date(babies.persondeathdatebaby) < iso_date(babies.personbirthdatebaby) then 'death_before_birth'
    end as broken_rule,
    null::varchar as mended_rule,
from msd401babydemographics as babies
