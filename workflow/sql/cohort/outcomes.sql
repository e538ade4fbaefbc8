-- Grain: one row per analysed dyad (dyad_id).
-- Why: O1 to O4 with who is at risk, how long, and what ended it. Time zero is T2; a day's events are ordered: the
-- outcome itself, custody loss, death. Custody lost by T2 is its own state and is not at risk.
with levels as (
    pivot csc_levels_at_timepoints on timepoint in ('birth', 't1', 't2', 't3', 'episode')
    using first(level_rank)
    group by dyad_id
),

plan_days as (
    -- A plan that starts and ends on one day holds that day.
    select
        dyads.dyad_id,
        bool_or(
            csc_intervals.start_date <= dyads.t2_date
            and coalesce(first_day_after(csc_intervals.start_date, csc_intervals.end_date) > dyads.t2_date, true)
        ) as is_on_plan_at_t2,
        bool_or(
            csc_intervals.start_date <= dyads.t3_date
            and coalesce(first_day_after(csc_intervals.start_date, csc_intervals.end_date) > dyads.t3_date, true)
        ) as is_on_plan_at_t3,
    from dyads
    inner join csc_intervals
        on dyads.dyad_id = csc_intervals.dyad_id
    where csc_intervals.level = 'child_protection_plan'
    group by dyads.dyad_id
),

seen as (
    -- After a death, or the last day covered, the records may go on; the family is seen no more.
    select
        dyad_id,
        t2_date,
        least(last_day, death_date) as end_date,
    from follow_up
),

loss_days as (
    select
        dyads.dyad_id,
        bool_or(
            custody_losses.start_date <= dyads.t2_date and coalesce(custody_losses.end_date > dyads.t2_date, true)
        ) as is_lost_at_t2,
        bool_or(
            custody_losses.start_date <= dyads.t3_date and coalesce(custody_losses.end_date > dyads.t3_date, true)
        ) as is_lost_at_t3,
        bool_or(
            seen.end_date > dyads.t2_date
            and custody_losses.start_date <= seen.end_date
            and coalesce(custody_losses.end_date > dyads.t2_date + 1, true)
        ) as is_lost_after,
    from dyads
    inner join seen
        on dyads.dyad_id = seen.dyad_id
    inner join custody_losses
        on dyads.dyad_id = custody_losses.dyad_id
    group by dyads.dyad_id
),

involved_after as (
    select distinct seen.dyad_id,
    from seen
    inner join csc_timeline
        on seen.dyad_id = csc_timeline.dyad_id
        and seen.end_date >= csc_timeline.start_date
        and seen.t2_date + 1 < csc_timeline.end_date
    where csc_timeline.level_rank > 0 and seen.end_date > seen.t2_date
),

states as (
    select
        follow_up.*,
        levels.birth,
        levels.t1,
        levels.t2,
        levels.t3,
        levels.episode,
        coalesce(loss_days.is_lost_at_t2, false) as is_custody_lost_by_t2,
        coalesce(loss_days.is_lost_at_t3, false) as is_custody_lost_at_t3,
        coalesce(loss_days.is_lost_after, false) as is_custody_lost_after,
        coalesce(plan_days.is_on_plan_at_t2, false) as is_on_plan_at_t2,
        coalesce(plan_days.is_on_plan_at_t3, false) as is_on_plan_at_t3,
        involved_after.dyad_id is not null as is_involved_after,
        coalesce(follow_up.death_date <= follow_up.t2_date, false) as is_dead_by_t2,
        follow_up.is_followed_to_t3 and coalesce(follow_up.death_date > follow_up.last_day, true) as is_seen_at_t3,
        follow_up.last_day > follow_up.t2_date as has_follow_up,
    from follow_up
    inner join levels
        on follow_up.dyad_id = levels.dyad_id
    left join plan_days
        on follow_up.dyad_id = plan_days.dyad_id
    left join loss_days
        on follow_up.dyad_id = loss_days.dyad_id
    left join involved_after
        on follow_up.dyad_id = involved_after.dyad_id
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
    case when is_seen_at_t3 then t3 end as t3_rank,
    episode as episode_rank,
    episode > 0 as o1,
    case when is_seen_at_t3 then t3 > 0 end as o2,
    case
        when is_involved_after then true
        when is_seen_at_t3 then false
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
    case when is_seen_at_t3 then is_on_plan_at_t3 end as o3_at_t3,
    o4_at_risk,
    case when o4_at_risk then date_diff('day', t2_date, o4_end_date) end as o4_days,
    case
        when not o4_at_risk then null
        when loss_date = o4_end_date then 'custody_loss'
        when death_date = o4_end_date then 'death'
        else 'censored'
    end as o4_event,
    case when is_seen_at_t3 then is_custody_lost_at_t3 end as o4_at_t3,
    case
        when is_custody_lost_after then true
        when is_seen_at_t3 then false
    end as o4_any,
    case
        when readmission_date <= last_day then true
        when is_followed_to_t3 then false
    end as has_readmission,
    case when readmission_date <= last_day then date_diff('day', t2_date, readmission_date) end as readmission_days,
    is_followed_to_t3,
    date_diff('day', t2_date, greatest(least(death_date, last_day), t2_date)) as follow_up_days,
    end_reason,
from at_risk
order by dyad_id
