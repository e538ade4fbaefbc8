-- Grain: one row per rule and diagnosis in a month's submission that breaks it.
-- Why: the primary diagnosis is a characteristic of the mother.
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
            case
                when broken_rule is null and recorded_date >= month_start(month_id + 1) then 'recorded_after_its_month'
            end
        ) as rules,
    from typed_diagnoses
)

select
    'diagnoses' as source,
    unnest(string_split(rules, ' ')) as rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rules != ''
