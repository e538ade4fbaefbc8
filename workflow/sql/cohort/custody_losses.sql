-- Grain: one row per dyad and unbroken stretch of days with custody lost (dyad_id, start_date); [start_date, end_date).
-- Why: what counts as custody lost is the study's definition; a stretch runs on over placements, legal statuses and
-- authorities. How it ended tells of a return: an end of care "returned home" is to a parent, a relative or another
-- person with parental responsibility, and does not prove a return to the mother.
with

losses as (
    -- An interval that starts and ends on one day holds that day.
    select
        custody_intervals.dyad_id,
        custody_intervals.start_date,
        coalesce(
            first_day_after(custody_intervals.start_date, custody_intervals.end_date), date '9999-12-31'
        )::date as end_date,
        arrangements.level = 'permanently_elsewhere' as is_permanent,
    from custody_intervals
    inner join codelist_custody_definitions as definitions
        on custody_intervals.arrangement = definitions.arrangement
    inner join codelist_custody_arrangements as arrangements
        on custody_intervals.arrangement = arrangements.arrangement
    where definitions.definition = $custody_loss_definition
),

with_latest_end as (
    select
        *,
        max(end_date) over (
            partition by dyad_id order by start_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as latest_end_before,
    from losses
),

numbered as (
    select
        *,
        count(*) filter (where coalesce(latest_end_before < start_date, true)) over (
            partition by dyad_id order by start_date, end_date
            rows between unbounded preceding and current row
        ) as stretch_number,
    from with_latest_end
),

stretches as (
    select
        dyad_id,
        min(start_date) as start_date,
        nullif(max(end_date), date '9999-12-31') as end_date,
        min(start_date) filter (where is_permanent) as permanence_date,
    from numbered
    group by dyad_id, stretch_number
),

placed_together as (
    select distinct
        stretches.dyad_id,
        stretches.start_date,
    from stretches
    inner join custody_intervals
        on stretches.dyad_id = custody_intervals.dyad_id
        and stretches.end_date >= custody_intervals.start_date
        and stretches.end_date < coalesce(
            first_day_after(custody_intervals.start_date, custody_intervals.end_date), date '9999-12-31'
        )
    where custody_intervals.arrangement in ('placed_with_parent', 'placed_with_mother')
),

returned_home as (
    select distinct
        stretches.dyad_id,
        stretches.start_date,
    from stretches
    inner join dyad_children
        on stretches.dyad_id = dyad_children.dyad_id
    inner join looked_after_episodes as care
        on dyad_children.child_key = care.child_key
        and stretches.end_date = first_day_after(care.start_date, care.end_date)
    where
        care.reason_ceased_category = 'returned_home'
        and care.legal_status_category is distinct from 'short_break'
)

select
    stretches.dyad_id,
    stretches.start_date,
    stretches.end_date,
    stretches.permanence_date,
    case
        when stretches.end_date is null then null
        when placed_together.dyad_id is not null then 'placed_with_parent'
        when returned_home.dyad_id is not null then 'returned_home'
        else 'left_care_otherwise'
    end as how_ended,
from stretches
left join placed_together
    on stretches.dyad_id = placed_together.dyad_id
    and stretches.start_date = placed_together.start_date
left join returned_home
    on stretches.dyad_id = returned_home.dyad_id
    and stretches.start_date = returned_home.start_date
order by stretches.dyad_id, stretches.start_date
