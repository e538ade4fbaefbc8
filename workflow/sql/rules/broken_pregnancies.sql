-- Grain: one row per rule and pregnancy in a month's submission that breaks it.
-- Why: the pregnancy is the edge from mother to infant.
with

told as (
    select
        return_year_of(period_start_date) as return_year,
        source_file,
        source_row,
        concat_ws(
            ' ',
            broken_rule,
            case when broken_rule is null then mended_rule end,
            case when booking_date >= period_start_date + interval 1 month then 'booking_after_its_month' end
        ) as rules,
    from typed_pregnancies
)

select
    'pregnancies' as source,
    unnest(string_split(rules, ' ')) as rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rules != ''
