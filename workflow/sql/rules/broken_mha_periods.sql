-- Grain: one row per rule and legal status period that breaks it.
-- Why: the code tells detention.
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
            case when legal_status is null and broken_rule is null then 'legal_status_missing' end
        ) as rules,
    from typed_mha_periods
)

select
    'mha_periods' as source,
    unnest(string_split(rules, ' ')) as rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rules != ''
