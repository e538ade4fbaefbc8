-- Grain: one row per row of MHS401MHActPeriod (a legal status period in a month's submission).
-- Why: gives detention its types; a broken rule sets the row aside.
select
    periods.source_file,
    periods.source_row,
    trim(periods.person_id) as person_id,
    trim(periods.mhactlegalstatusclassperiodid) as period_id,
    try_cast(periods.uniqmonthid as integer) as month_id,
    iso_date(periods.startdatemhactlegalstatusclass) as start_date,
    iso_date(periods.enddatemhactlegalstatusclass) as end_date,
    clean_code(periods.legalstatuscode) as legal_status,
    case
        when nullif(trim(periods.person_id), '') is null then 'person_id_missing'
        when nullif(trim(periods.mhactlegalstatusclassperiodid), '') is null then 'period_id_missing'
        when try_cast(periods.uniqmonthid as integer) is null then 'month_not_a_number'
        when iso_date(periods.startdatemhactlegalstatusclass) is null then 'start_date_missing'
        when iso_date(periods.enddatemhactlegalstatusclass) < iso_date(periods.startdatemhactlegalstatusclass)
            then 'end_before_start'
    end as broken_rule,
    null::varchar as mended_rule,
from mhs401mhactperiod as periods
