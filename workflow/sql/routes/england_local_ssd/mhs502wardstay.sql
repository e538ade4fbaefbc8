-- Grain: one row per ward stay.
-- Why: the class of bed was written in the month of its end, else in the last one held.
select
    stays.input,
    stays.source_file,
    stays.source_row,
    month_number(
        coalesce(iso_date(stays.enddatewardstay), (select iso_date(authorities.coverage_end), from authorities))
    )::varchar
        as uniqmonthid,
    stays.wardstayid as uniqwardstayid,
    stays.hospprovspellid as uniqhospprovspellid,
    stays.startdatewardstay,
    stays.enddatewardstay,
    stays.mhadmittedpatientclass,
from trust_mhs502wardstay as stays
