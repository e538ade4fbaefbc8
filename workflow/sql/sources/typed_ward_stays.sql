-- Grain: one row per row of MHS502WardStay (a ward stay in a month's submission).
-- Why: gives ward stays their types; a broken rule sets the row aside.
select
    stays.source_file,
    stays.source_row,
    trim(stays.uniqwardstayid) as ward_stay_id,
    trim(stays.uniqhospprovspellid) as spell_id,
    try_cast(stays.uniqmonthid as integer) as month_id,
    iso_date(stays.startdatewardstay) as start_date,
    iso_date(stays.enddatewardstay) as end_date,
    clean_code(stays.mhadmittedpatientclass) as bed_class,
    case
        when nullif(trim(stays.uniqwardstayid), '') is null then 'ward_stay_id_missing'
        when nullif(trim(stays.uniqhospprovspellid), '') is null then 'spell_id_missing'
        when try_cast(stays.uniqmonthid as integer) is null then 'month_not_a_number'
        when iso_date(stays.startdatewardstay) is null then 'start_date_missing'
        when iso_date(stays.enddatewardstay) < iso_date(stays.startdatewardstay) then 'end_before_start'
    end as broken_rule,
    -- The lists of 2024 share no code with those before: a code of the other period says what it means all the same.
    case
        when
            try_cast(stays.uniqmonthid as integer) < beds.first_month::integer
            or try_cast(stays.uniqmonthid as integer) > beds.last_month::integer
            then 'bed_class_of_another_period'
    end as mended_rule,
from mhs502wardstay as stays
left join codelist_bed_classes as beds
    on clean_code(stays.mhadmittedpatientclass) = beds.code
