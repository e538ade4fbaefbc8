-- Grain: one row per liveborn infant of the study period (person_id).
-- Why: the infants' identifiers as the health side holds them, as text; a mother who has a row of her own tells hers
-- where her infant's row does not.
with

ranked as (
    -- A person listed twice counts once: what the rows say decides which stands, not where they stand.
    select
        *,
        trim(person_id) as trimmed_id,
    from nhs_identifiers
    qualify
        row_number() over (
            partition by trim(person_id)
            order by
                nhsnumber,
                familyname,
                givenname,
                personbirthdate,
                postcode,
                sex,
                nhsnumbermother,
                personbirthdatemother
        ) = 1
)

select
    births.infant_id as person_id,
    infants.nhsnumber as nhs_number,
    infants.givenname as forename,
    infants.familyname as surname,
    date_interval(births.birth_date, births.latest_birth_date) as birth_date,
    -- The identifiers' sex comes before that of the birth.
    case when sexes.sex is not null then infants.sex else upper(left(births.sex, 1)) end as sex,
    infants.postcode,
    coalesce(infants.nhsnumbermother, mothers.nhsnumber) as mother_nhs_number,
    coalesce(infants.personbirthdatemother, mothers.personbirthdate) as mother_birth_date,
    mothers.givenname as mother_forename,
    mothers.familyname as mother_surname,
from births
left join ranked as infants
    on births.infant_id = infants.trimmed_id
left join ranked as mothers
    on births.mother_id = mothers.trimmed_id
left join codelist_sexes as sexes
    on clean_code(infants.sex) = sexes.code
where
    births.is_live_birth
    and births.birth_date between $first_birth_date and $last_birth_date
order by person_id
