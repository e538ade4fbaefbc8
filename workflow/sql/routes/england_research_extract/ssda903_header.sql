-- Grain: one row per looked-after child and year.
-- Why: the extract repeats the child on each episode, and tells the month of birth alone.
with

first_rows as (
    -- The number alone, not a window over whole rows: those are many, and all text.
    select
        arg_min(source_file, source_row) as source_file,
        min(source_row) as source_row,
    from cla_episodes
    group by return_year, la, child_la_code_anon
)

select
    cla_episodes.input,
    cla_episodes.source_file,
    cla_episodes.source_row,
    cla_episodes.la as la_code,
    cla_episodes.return_year,
    cla_episodes.child_la_code_anon as child,
    cla_episodes.sex,
    day_first(
        month_interval(try_cast(cla_episodes.dob_year as integer), try_cast(cla_episodes.dob_month as integer))
    ) as dob,
    cla_episodes.ethnic_or as ethnic,
from cla_episodes
semi join first_rows
    on cla_episodes.source_file = first_rows.source_file
    and cla_episodes.source_row = first_rows.source_row
