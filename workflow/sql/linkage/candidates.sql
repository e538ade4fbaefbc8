-- Grain: one row per child known to an authority who could be a study infant (person_id, the child's key).
-- Why: the children's identifiers as the authorities hold them, as text; a child born far from the study period cannot
-- be a study infant. A child known from before birth has an expected birth date alone: some day around it.
with

located as (
    select
        trim(la_code) as la_code,
        trim(lachildid) as lachildid,
        nhsnumber,
        forename,
        surname,
        sex,
        postcode,
        nhsnumbermother,
        personbirthdatemother,
        forenamemother,
        surnamemother,
        case
            when person_date(personbirthdate) is null
                then date_interval(
                    person_date(expectedpersonbirthdate) - $unborn_days_early::integer,
                    person_date(expectedpersonbirthdate) + $unborn_days_late::integer
                )
            else personbirthdate
        end as personbirthdate,
    from authority_identifiers
    where nullif(trim(lachildid), '') is not null
),

listed_once as (
    -- A child listed twice counts once: what the rows say decides which stands, not where they stand.
    select *,
    from located
    qualify
        row_number() over (
            partition by la_code, lachildid
            order by
                nhsnumber,
                surname,
                forename,
                personbirthdate,
                postcode,
                sex,
                nhsnumbermother,
                surnamemother,
                forenamemother,
                personbirthdatemother
        ) = 1
)

select
    child_key(la_code, lachildid) as person_id,
    la_code as person_group,
    nhsnumber as nhs_number,
    forename,
    surname,
    personbirthdate as birth_date,
    sex,
    postcode,
    nhsnumbermother as mother_nhs_number,
    personbirthdatemother as mother_birth_date,
    forenamemother as mother_forename,
    surnamemother as mother_surname,
from listed_once
where
    person_date(personbirthdate) <= $last_birth_date + $birth_date_tolerance_days::integer
    and person_date_last(personbirthdate) >= $first_birth_date - $birth_date_tolerance_days::integer
order by person_id
