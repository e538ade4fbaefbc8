-- Grain: one row per child known to an authority who could be a study infant (child_key).
-- Why: the children's identifiers as the authorities hold them, standardised (STANDARDS 5.6); a child born far from
-- the study period cannot be a study infant.
with

located as (
    select
        * replace (trim(la_code) as la_code),
        coalesce(iso_date(personbirthdate), uk_date(personbirthdate)) as birth_date,
    from authority_identifiers
),

ranked as (
    select
        *,
        row_number() over (partition by la_code, trim(lachildid) order by source_row) as position,
    from located
    where nullif(trim(lachildid), '') is not null
)

select
    child_key(ranked.la_code, trim(ranked.lachildid)) as child_key,
    ranked.la_code,
    clean_nhs_number(ranked.nhsnumber) as nhs_number,
    case when placeholders.name is null then first_name(ranked.forename) end as forename,
    clean_name(ranked.surname) as surname,
    ranked.birth_date,
    sexes.sex,
    clean_postcode(ranked.postcode) as postcode,
from ranked
left join codelist_placeholder_names as placeholders
    on first_name(ranked.forename) = placeholders.name
left join codelist_sexes as sexes
    on clean_code(ranked.sex) = sexes.code
where
    ranked.position = 1
    and ranked.birth_date between $first_birth_date - $birth_date_tolerance_days::integer
    and $last_birth_date + $birth_date_tolerance_days::integer
order by child_key
