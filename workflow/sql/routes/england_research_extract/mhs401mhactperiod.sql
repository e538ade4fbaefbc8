-- Grain: one row per Mental Health Act legal status period in a month's submission.
-- Why: the provider's own number of a period is unique with the provider alone; the derived one is unique.
select
    input,
    source_file,
    source_row,
    person_id,
    uniqmonthid,
    uniqmhactepisodeid as mhactlegalstatusclassperiodid,
    startdatemhactlegalstatusclass,
    enddatemhactlegalstatusclass,
    legalstatuscode,
from extract_mhs401mhactperiod
