-- Grain: one row per analysed dyad and period (dyad_id, period); [start_date, end_date), so that no day is in two.
-- Why: pregnancy to birth, birth to T1, T1 to T2, T2 to T3, as far as they were observed: a period ends early with a
-- death, the last one on the last day of follow-up.
with

planned as (
    select
        dyads.dyad_id,
        dyads.mother_id as person_id,
        dyads.route,
        follow_up.death_date,
        unnest(['pregnancy_to_birth', 'birth_to_t1', 't1_to_t2', 't2_to_t3']) as period,
        unnest([1, 2, 3, 4]) as period_order,
        unnest(
            [
                (dyads.birth_date - $pregnancy_lookback_days::integer)::date,
                dyads.birth_date,
                dyads.t1_date,
                dyads.t2_date,
            ]
        ) as start_date,
        unnest([dyads.birth_date, dyads.t1_date, dyads.t2_date, follow_up.last_day]) as end_date,
    from dyads
    inner join follow_up
        on dyads.dyad_id = follow_up.dyad_id
)

select
    dyad_id,
    period,
    period_order,
    person_id,
    route,
    start_date,
    greatest(start_date, least(end_date, death_date)) as end_date,
from planned
order by dyad_id, period_order
