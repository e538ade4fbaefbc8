-- Grain: one row per different surname of one side, as written (surname).
-- Why: each spelling is standardised once; the parts of a compound surname are kept beside the whole.
with

written as (
    select
        surname,
        count(*) as n,
        clean_name(surname) as clean_surname,
        surname_parts(surname) as parts,
    from raw_persons
    where surname is not null
    group by surname
)

select
    written.surname,
    written.n,
    written.clean_surname,
    case when len(written.parts) > 1 then written.parts[1] end as surname_first,
    case when len(written.parts) > 1 then written.parts[-1] end as surname_last,
    placeholders.name is not null as is_placeholder,
from written
left join codelist_placeholder_names as placeholders
    on written.clean_surname = placeholders.name
order by written.surname
