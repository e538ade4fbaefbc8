-- Grain: one row per rule and source table or file that is of no use as a whole (source_file is null for a table).
-- Why: a study of what is left would run, and be wrong; so the run ends and says why.
with

whole_tables as (
    select
        source,
        sum(n_read)::bigint as n_read,
        sum(n_accepted)::bigint as n_accepted,
        bool_or(is_of_people) as is_of_people,
        sum(n_dated)::bigint as n_dated,
    from rows_read
    group by source
),

files as (
    select
        source,
        source_file,
        sum(n_read)::bigint as n_read,
        sum(n_accepted)::bigint as n_accepted,
    from rows_read
    group by source, source_file
)

select
    'no_row_of_a_file_accepted' as rule,
    source,
    source_file,
    n_read as n,
from files
where n_accepted = 0 and n_read >= $minimum_rows and $maximum_share_set_aside < 1
union all
select
    'too_many_rows_set_aside' as rule,
    source,
    null as source_file,
    n_read - n_accepted as n,
from whole_tables
where n_read - n_accepted > $maximum_share_set_aside * n_read and n_read >= $minimum_rows
union all
select
    'no_birth_date' as rule,
    source,
    null as source_file,
    n_read as n,
from whole_tables
where is_of_people and n_dated = 0 and n_read >= $minimum_rows
order by rule, source, source_file
