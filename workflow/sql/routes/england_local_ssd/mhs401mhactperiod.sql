-- Grain: one row per Mental Health Act legal status period.
-- Why: the month is that of its end, else the last one held.
select
    periods.input,
    periods.source_file,
    periods.source_row,
    periods.localpatientid as person_id,
    month_number(
        coalesce(
            iso_date(periods.enddatemhactlegalstatusclass),
            (select iso_date(authorities.coverage_end), from authorities)
        )
    )::varchar as uniqmonthid,
    periods.mhactlegalstatusclassperiodid,
    periods.startdatemhactlegalstatusclass,
    periods.enddatemhactlegalstatusclass,
    periods.legalstatuscode,
from trust_mhs401mhactperiod as periods
