-- Grain: one row per analysed dyad and timepoint (dyad_id, timepoint: birth, t1, t2, t3, and the days t1 to t2).
-- Why: the highest level open on a day, or on any day of the acute episode.
with

timepoints as (
    select
        dyads.dyad_id,
        unnest(['birth', 't1', 't2', 't3', 'episode']) as timepoint,
        unnest([birth_date, t1_date, t2_date, t3_date, t1_date]) as first_day,
        unnest([birth_date, t1_date, t2_date, t3_date, t2_date]) as last_day,
    from dyads
    where exclusion_reason is null
)

select
    timepoints.dyad_id,
    timepoints.timepoint,
    max(csc_timeline.level_rank) as level_rank,
from timepoints
inner join csc_timeline
    on timepoints.dyad_id = csc_timeline.dyad_id
    and timepoints.last_day >= csc_timeline.start_date
    and timepoints.first_day < csc_timeline.end_date
group by timepoints.dyad_id, timepoints.timepoint
order by timepoints.dyad_id, timepoints.timepoint
