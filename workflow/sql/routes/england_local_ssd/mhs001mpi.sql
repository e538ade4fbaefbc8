-- Grain: one row per patient of the trust.
-- Why: the trust sends its latest version, for women who live in the authority; the postcode tells the small area.
select
    patients.input,
    patients.source_file,
    patients.source_row,
    patients.localpatientid as person_id,
    month_number((select iso_date(authorities.coverage_end), from authorities))::varchar as uniqmonthid,
    patients.personbirthdate,
    patients.persdeathdate,
    patients.ethniccategory,
    patients.maritalstatus,
    postcodes.lsoa as lsoa2021,
    (select authorities.gss_code, from authorities) as ladistrictauth,
from trust_mhs001mpi as patients
left join postcodes
    on clean_postcode(patients.postcode) = clean_postcode(postcodes.postcode)
