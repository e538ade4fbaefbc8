-- Grain: one row per rule and ward stay in a month's submission that breaks it.
-- Why: the class of the bed tells a mother and baby unit.
with

told as (
    select
        return_year_of_month(month_id) as return_year,
        source_file,
        source_row,
        concat_ws(
            ' ',
            broken_rule,
            case when broken_rule is null then mended_rule end,
            case when bed_class is null and broken_rule is null then 'bed_class_missing' end
        ) as rules,
    from typed_ward_stays
)

select
    'ward_stays' as source,
    unnest(string_split(rules, ' ')) as rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rules != ''
