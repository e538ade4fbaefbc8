-- Grain: one row per child protection plan (child_key, start_date).
-- Why: a plan open over several census files is one plan; the latest census wins.
with

ranked as (
    -- Of rows sent together, what they say decides and not where they stand: the latest end, then the later code.
    select
        *,
        row_number() over (
            partition by la_code, la_child_id, start_date
            order by
                census_year desc,
                source_file desc,
                end_date desc nulls last,
                latest_category desc nulls last,
                initial_category desc nulls last,
                n_previous_plans desc nulls last
        ) as position,
    from typed_child_protection_plans
    where broken_rule is null
)

select
    child_key(la_code, la_child_id) as child_key,
    start_date,
    end_date,
    initial_category,
    latest_category,
    n_previous_plans,
from ranked
where position = 1
order by child_key, start_date
