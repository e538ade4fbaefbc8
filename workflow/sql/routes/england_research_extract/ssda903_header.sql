-- Grain: one row per looked-after child and year.
-- Why: the extract repeats the child on each episode, and tells the month of birth alone.
with

repeated_keys as (
    -- Numbers in place of the texts of the key, which would be as many again: nearly all rows are the only ones.
    select hash(return_year, la, child_la_code_anon) as key_hash,
    from cla_episodes
    group by key_hash
    having count(*) > 1
),

later_rows as (
    select
        cla_episodes.source_file,
        cla_episodes.source_row,
    from cla_episodes
    semi join repeated_keys
        on hash(cla_episodes.return_year, cla_episodes.la, cla_episodes.child_la_code_anon) = repeated_keys.key_hash
    qualify
        row_number() over (
            partition by cla_episodes.return_year, cla_episodes.la, cla_episodes.child_la_code_anon
            order by
                cla_episodes.sex,
                cla_episodes.dob_year,
                cla_episodes.dob_month,
                cla_episodes.ethnic_or,
                cla_episodes.source_row,
                cla_episodes.source_file
        ) > 1
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
anti join later_rows
    on cla_episodes.source_file = later_rows.source_file
    and cla_episodes.source_row = later_rows.source_row
