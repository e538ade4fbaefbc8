-- Grain: one row per period of care (child_key, start_date).
-- Why: a looked-after child has a row for each placement and each legal status; a period runs on while one row ends
-- X1 (continues) on the day the next begins. A day's gap after X1 breaks the period and is marked.
with

marked as (
    select
        *,
        coalesce(
            lag(end_date) over (partition by child_key order by start_date) = start_date
            and lag(reason_ceased_category) over (partition by child_key order by start_date) = 'continues',
            false
        ) as continues_before,
        coalesce(
            lag(end_date) over (partition by child_key order by start_date) < start_date
            and lag(reason_ceased_category) over (partition by child_key order by start_date) = 'continues',
            false
        ) as has_gap_before,
    from looked_after_episodes
),

numbered as (
    select
        *,
        count(*) filter (where not continues_before) over (
            partition by child_key order by start_date rows between unbounded preceding and current row
        ) as period_number,
    from marked
)

select
    child_key,
    min(start_date) as start_date,
    case when bool_or(end_date is null) then null else max(end_date) end as end_date,
    last(reason_ceased_category order by start_date) as reason_ceased_category,
    count(*) as n_episodes,
    bool_and(coalesce(legal_status_category = 'short_break', false)) as is_short_breaks_only,
    bool_or(has_gap_before) as has_gap_before,
from numbered
group by child_key, period_number
order by child_key, start_date
