-- Grain: one row per analysed dyad and stretch of days at one level (dyad_id, start_date); [start_date, end_date).
-- Why: the highest level open on each day from the pregnancy to T3, without gaps or overlaps, level none included; what
-- is at T3 or between two timepoints is one look-up. It shows what the records show: after the last day of
-- follow-up nobody is seen.
with

windows as (
    select
        dyad_id,
        (birth_date - $pregnancy_lookback_days::integer)::date as first_day,
        (t3_date + 1)::date as end_day,
    from dyads
    where exclusion_reason is null
),

open_days as (
    -- An interval that starts and ends on one day holds that day.
    select
        windows.dyad_id,
        csc_intervals.level_rank,
        csc_intervals.start_date,
        least(first_day_after(csc_intervals.start_date, csc_intervals.end_date), windows.end_day) as end_date,
    from windows
    inner join csc_intervals
        on windows.dyad_id = csc_intervals.dyad_id
        and windows.end_day > csc_intervals.start_date
),

cuts as (
    select
        dyad_id,
        first_day as cut_date,
    from windows
    union
    select
        dyad_id,
        start_date as cut_date,
    from open_days
    union
    select
        dyad_id,
        end_date as cut_date,
    from open_days
),

levels as (
    select
        cuts.dyad_id,
        cuts.cut_date,
        coalesce(max(open_days.level_rank), 0) as level_rank,
    from cuts
    left join open_days
        on cuts.dyad_id = open_days.dyad_id
        and cuts.cut_date >= open_days.start_date
        and cuts.cut_date < open_days.end_date
    group by cuts.dyad_id, cuts.cut_date
),

changes as (
    select
        dyad_id,
        cut_date,
        level_rank,
    from levels
    qualify lag(level_rank) over (partition by dyad_id order by cut_date) is distinct from level_rank
)

select
    changes.dyad_id,
    changes.level_rank,
    levels.level,
    changes.cut_date as start_date,
    coalesce(
        lead(changes.cut_date) over (partition by changes.dyad_id order by changes.cut_date), windows.end_day
    ) as end_date,
from changes
inner join windows
    on changes.dyad_id = windows.dyad_id
    and changes.cut_date < windows.end_day
inner join codelist_csc_levels as levels
    on changes.level_rank = levels.rank::integer
order by changes.dyad_id, start_date
