-- Grain: one row per rule and baby in a month's submission that breaks it.
-- Why: dates and outcome of the birth tell who is studied.
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
            case when pregnancy_outcome is null and broken_rule is null then 'pregnancy_outcome_missing' end,
            -- 20 to 45 completed weeks.
            case when gestation_days not between 140 and 321 then 'gestation_out_of_range' end,
            case when birth_date > last_day(period_start_date) then 'birth_after_its_month' end
        ) as rules,
    from typed_babies
)

select
    'babies' as source,
    unnest(string_split(rules, ' ')) as rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rules != ''
