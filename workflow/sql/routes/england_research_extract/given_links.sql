-- Grain: one row per infant and child record that the spine joins.
-- Why: the environment made these links; the child's code is the same in both extracts, and either may be given.
with

joined as (
    select
        input,
        source_file,
        source_row,
        token_person_id,
        la,
        unnest([cin_lachildid_anon, child_la_code_anon]) as child_code,
    from spine
)

select
    input,
    source_file,
    source_row,
    token_person_id as person_id_baby,
    la as la_code,
    child_code as lachildid,
from joined
where child_code is not null
qualify row_number() over (partition by token_person_id, la, child_code order by source_file, source_row) = 1
