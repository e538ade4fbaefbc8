-- Grain: one row per different forename of one side, as written (forename).
-- Why: each spelling is standardised once, whatever the number of persons who bear it (STANDARDS 5.6).
with

written as (
    select
        forename,
        count(*) as n,
        first_name(forename) as first_forename,
        clean_name(forename) as whole_forename,
    from raw_persons
    where forename is not null
    group by forename
)

select
    written.forename,
    written.n,
    written.first_forename,
    second_name(written.forename) as second_forename,
    coalesce(nicknames.name_group, written.first_forename) as forename_group,
    coalesce(firsts.name, wholes.name) is not null as is_placeholder,
    nicknames.name is not null as has_nickname,
from written
left join codelist_placeholder_names as firsts
    on written.first_forename = firsts.name
left join codelist_placeholder_names as wholes
    on written.whole_forename = wholes.name
left join codelist_nicknames as nicknames
    on written.first_forename = nicknames.name
order by written.forename
