-- Grain: one row per liveborn infant of the study period (infant_id).
-- Why: the infants' identifiers as the health side holds them, standardised (STANDARDS 5.6).
select
    births.infant_id,
    clean_nhs_number(identifiers.nhsnumber) as nhs_number,
    case when placeholders.name is null then first_name(identifiers.givenname) end as forename,
    clean_name(identifiers.familyname) as surname,
    births.birth_date,
    coalesce(sexes.sex, births.sex) as sex,
    clean_postcode(identifiers.postcode) as postcode,
from births
left join nhs_identifiers as identifiers
    on births.infant_id = trim(identifiers.person_id)
left join codelist_placeholder_names as placeholders
    on first_name(identifiers.givenname) = placeholders.name
left join codelist_sexes as sexes
    on clean_code(identifiers.sex) = sexes.code
where
    births.is_live_birth
    and births.birth_date between $first_birth_date and $last_birth_date
order by births.infant_id
