-- Grain: one row per rule and hospital spell in a month's submission that breaks it.
-- Why: the spell is the exposure, so its dates are held against the month that told them.
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
            case when start_date >= month_start(month_id + 1) then 'admission_after_its_month' end
        ) as rules,
    from typed_hospital_spells
)

select
    'hospital_spells' as source,
    unnest(string_split(rules, ' ')) as rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rules != ''
