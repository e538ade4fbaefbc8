-- Grain: one row per row of MHS001MPI (a patient in a month's submission).
-- Why: gives the patient index its types; a broken rule sets the row aside.
select
    mpi.source_file,
    mpi.source_row,
    trim(mpi.person_id) as person_id,
    try_cast(mpi.uniqmonthid as integer) as month_id,
    iso_date(mpi.personbirthdate) as birth_date,
    latest_date(mpi.personbirthdate) as latest_birth_date,
    iso_date(mpi.persdeathdate) as death_date,
    clean_code(mpi.ethniccategory) as ethnic_category,
    clean_code(mpi.maritalstatus) as marital_status,
    clean_code(mpi.lsoa2021) as lsoa,
    clean_code(mpi.ladistrictauth) as gss_code,
    case
        when nullif(trim(mpi.person_id), '') is null then 'person_id_missing'
        when try_cast(mpi.uniqmonthid as integer) is null then 'month_not_a_number'
        when is_unreadable_iso(mpi.personbirthdate) then 'birth_date_unreadable'
    end as broken_rule,
    null::varchar as mended_rule,
from mhs001mpi as mpi
