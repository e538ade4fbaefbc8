-- Grain: one row per assessment (child_key, referral_date, start_date).
-- Why: the same assessment comes again in each census year it is open; the latest census wins.
with

ranked as (
    -- Of rows sent together, what they say decides and not where they stand: the latest end, then the later code.
    select
        *,
        row_number() over (
            partition by la_code, la_child_id, referral_date, start_date
            order by
                census_year desc,
                source_file desc,
                authorisation_date desc nulls last,
                factors desc nulls last
        ) as position,
    from typed_assessments
    where broken_rule is null
)

select
    child_key(la_code, la_child_id) as child_key,
    referral_date,
    start_date,
    authorisation_date,
    factors,
from ranked
where position = 1
order by child_key, referral_date, start_date
