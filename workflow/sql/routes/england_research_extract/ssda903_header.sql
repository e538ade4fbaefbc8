-- Grain: one row per looked-after child and year.
-- Why: the extract repeats the child on each episode, and tells the month of birth alone.
select
    input,
    source_file,
    source_row,
    la as la_code,
    return_year,
    child_la_code_anon as child,
    sex,
    day_first(month_interval(try_cast(dob_year as integer), try_cast(dob_month as integer))) as dob,
    ethnic_or as ethnic,
from cla_episodes
qualify row_number() over (partition by return_year, la, child_la_code_anon order by source_row) = 1
