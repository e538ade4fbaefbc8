-- Grain: one row per person of one side (person_id).
-- Why: both sides are standardised alike before anything is compared (STANDARDS 5.6); what cannot be used is null.
select
    raw.person_id,
    raw.person_group,
    clean_nhs_number(raw.nhs_number) as nhs_number,
    case when not forenames.is_placeholder then forenames.first_forename end as forename,
    case when not forenames.is_placeholder then forenames.second_forename end as second_forename,
    case when not forenames.is_placeholder then forenames.forename_group end as forename_group,
    case when not surnames.is_placeholder then surnames.clean_surname end as surname,
    surnames.surname_first,
    surnames.surname_last,
    birth_dates.first_day as birth_date,
    nullif(birth_dates.last_day, birth_dates.first_day) as birth_date_last,
    sexes.sex,
    case when not postcodes.is_pseudo then postcodes.plain_form end as postcode,
    clean_nhs_number(raw.mother_nhs_number) as mother_nhs_number,
    person_date(raw.mother_birth_date) as mother_birth_date,
    first_name(raw.mother_forename) as mother_forename,
    clean_name(raw.mother_surname) as mother_surname,
    raw.further,
from raw_persons as raw
left join forename_forms as forenames
    on raw.forename = forenames.forename
left join surname_forms as surnames
    on raw.surname = surnames.surname
left join birth_date_forms as birth_dates
    on raw.birth_date = birth_dates.birth_date
left join postcode_forms as postcodes
    on raw.postcode = postcodes.postcode
left join codelist_sexes as sexes
    on clean_code(raw.sex) = sexes.code
