-- Grain: one row per Mental Health Act legal status period (period_id).
-- Why: a period is sent again each month it is open; the latest month wins.
with

ranked as (
    -- Of rows sent together, what they say decides and not where they stand: the latest end, then the later code.
    select
        *,
        row_number() over (
            partition by period_id
            order by
                month_id desc,
                end_date desc nulls last,
                start_date desc nulls last,
                legal_status desc nulls last,
                person_id desc nulls last
        ) as position,
    from typed_mha_periods
    where broken_rule is null
)

select
    period_id,
    person_id,
    start_date,
    end_date,
    legal_status,
from ranked
where position = 1
order by period_id
