-- Grain: one row per liveborn infant of the study period (infant_id).
-- Why: the infants' identifiers as the health side holds them, standardised (STANDARDS 5.6).
with

ranked as (
    -- A person listed twice counts once: the first row, as the file gives it.
    select
        *,
        row_number() over (partition by trim(person_id) order by source_file, source_row) as position,
    from nhs_identifiers
)

select
    births.infant_id,
    clean_nhs_number(ranked.nhsnumber) as nhs_number,
    case when placeholders.name is null then first_name(ranked.givenname) end as forename,
    clean_name(ranked.familyname) as surname,
    births.birth_date,
    coalesce(sexes.sex, births.sex) as sex,
    clean_postcode(ranked.postcode) as postcode,
    clean_nhs_number(ranked.nhsnumbermother) as mother_nhs_number,
    iso_date(ranked.personbirthdatemother) as mother_birth_date,
from births
left join ranked
    on births.infant_id = trim(ranked.person_id)
    and ranked.position = 1
left join codelist_placeholder_names as placeholders
    on first_name(ranked.givenname) = placeholders.name
left join codelist_sexes as sexes
    on clean_code(ranked.sex) = sexes.code
where
    births.is_live_birth
    and births.birth_date between $first_birth_date and $last_birth_date
order by births.infant_id
