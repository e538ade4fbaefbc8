-- Grain: one row per pregnancy in a month's submission.
-- Why: as it stands, less the age at booking, which tells of the mother's birth (mhs001mpi).
select
    input,
    source_file,
    source_row,
    uniqpregid,
    person_id_mother,
    rpstartdate,
    antenatalappdate,
    recordnumber,
    previouslivebirths,
from extract_msd101pregnancybooking
