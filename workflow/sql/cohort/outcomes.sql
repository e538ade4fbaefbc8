-- Grain: one row per analysed dyad (dyad_id).
-- Why: O1 to O4 with who is at risk, how long, and what ended it. Time zero is T2; a day's events are ordered: the
-- outcome itself, custody loss, death. Custody lost by T2 is its own state and is not at risk.
with levels as (
    pivot csc_levels_at_timepoints on timepoint in ('birth', 't1', 't2', 't3', 'episode')
    using first(level_rank)
    group by dyad_id
),

plan_at_t2 as (
    select distinct dyads.dyad_id,
    from dyads
    inner join csc_intervals
        on dyads.dyad_id = csc_intervals.dyad_id
    where
        csc_intervals.level = 'child_protection_plan'
        and csc_intervals.start_date <= dyads.t2_date
        and (
            csc_intervals.end_date is null
            or csc_intervals.end_date > dyads.t2_date
            or csc_intervals.start_date = dyads.t2_date
        )
),

involved_after as (
    select distinct dyads.dyad_id,
    from dyads
    inner join csc_intervals
        on dyads.dyad_id = csc_intervals.dyad_id
    where
        csc_intervals.start_date <= dyads.t3_date
        and (
            csc_intervals.end_date is null
            or csc_intervals.end_date > dyads.t2_date + 1
            or csc_intervals.start_date > dyads.t2_date
        )
),

ranks as (
    select rank::integer as rank_apart, from codelist_csc_levels
    where level = 'looked_after_apart'
),

states as (
    select
        follow_up.*,
        levels.birth,
        levels.t1,
        levels.t2,
        levels.t3,
        levels.episode,
        -- Apart or permanently elsewhere on T2.
        levels.t2 >= ranks.rank_apart as is_custody_lost_by_t2,
        plan_at_t2.dyad_id is not null as is_on_plan_at_t2,
        involved_after.dyad_id is not null as is_involved_after,
        coalesce(follow_up.death_date <= follow_up.t2_date, false) as is_dead_by_t2,
        coalesce(follow_up.death_date <= follow_up.last_day, false) as is_dead_by_end,
        follow_up.last_day > follow_up.t2_date as has_follow_up,
    from follow_up
    inner join levels
        on follow_up.dyad_id = levels.dyad_id
    left join plan_at_t2
        on follow_up.dyad_id = plan_at_t2.dyad_id
    left join involved_after
        on follow_up.dyad_id = involved_after.dyad_id
    cross join ranks
),

at_risk as (
    select
        *,
        not is_custody_lost_by_t2 and not is_dead_by_t2 and has_follow_up as o4_at_risk,
        not is_custody_lost_by_t2 and not is_on_plan_at_t2 and not is_dead_by_t2 and has_follow_up as o3_at_risk,
        least(loss_date, death_date, last_day) as o4_end_date,
        least(plan_date, loss_date, death_date, last_day) as o3_end_date,
    from states
)

select
    dyad_id,
    birth as birth_rank,
    t1 as t1_rank,
    t2 as t2_rank,
    case when is_followed_to_t3 and not is_dead_by_end then t3 end as t3_rank,
    episode as episode_rank,
    episode > 0 as o1,
    case when is_followed_to_t3 and not is_dead_by_end then t3 > 0 end as o2,
    case
        when is_involved_after then true
        when is_followed_to_t3 and not is_dead_by_end then false
    end as o2_any,
    is_custody_lost_by_t2,
    is_on_plan_at_t2,
    o3_at_risk,
    case when o3_at_risk then date_diff('day', t2_date, o3_end_date) end as o3_days,
    case
        when not o3_at_risk then null
        when plan_date = o3_end_date then 'child_protection_plan'
        when loss_date = o3_end_date then 'custody_loss'
        when death_date = o3_end_date then 'death'
        else 'censored'
    end as o3_event,
    o4_at_risk,
    case when o4_at_risk then date_diff('day', t2_date, o4_end_date) end as o4_days,
    case
        when not o4_at_risk then null
        when loss_date = o4_end_date then 'custody_loss'
        when death_date = o4_end_date then 'death'
        else 'censored'
    end as o4_event,
    case
        when readmission_date <= last_day then true
        when is_followed_to_t3 then false
    end as has_readmission,
    is_followed_to_t3,
from at_risk
order by dyad_id
