-- Grain: one row per rule and patient in a month's submission that breaks it.
-- Why: identity and dates of the patients.
with

told as (
    select
        return_year_of_month(month_id) as return_year,
        source_file,
        source_row,
        unnest([
            broken_rule,
            case when broken_rule is null then mended_rule end,
            case when birth_date is null and broken_rule is null then 'birth_date_missing' end,
            case when death_date < birth_date then 'death_before_birth' end,
        ]) as rule,
    from typed_patients
)

select
    'patients' as source,
    rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rule is not null
order by source_file, source_row, rule
