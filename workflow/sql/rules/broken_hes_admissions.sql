-- Grain: one row per rule and finished consultant episode of HES that breaks it.
-- Why: the other source of admissions.
with

told as (
    select
        return_year_of(coalesce(end_date, start_date)) as return_year,
        source_file,
        source_row,
        concat_ws(
            ' ',
            broken_rule,
            case when broken_rule is null then mended_rule end,
            case when discharge_date < admission_date then 'discharge_before_admission' end
        ) as rules,
    from typed_hes_admissions
)

select
    'hes_admissions' as source,
    unnest(string_split(rules, ' ')) as rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rules != ''
