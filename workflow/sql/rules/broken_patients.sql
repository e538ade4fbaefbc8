-- Grain: one row per rule and patient in a month's submission that breaks it.
-- Why: identity and dates of the patients.
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
            case when birth_date is null and broken_rule is null then 'birth_date_missing' end,
            case when death_date < birth_date then 'death_before_birth' end,
            case when birth_date > month_end(month_id) then 'birth_after_its_month' end,
            case when age_in_years(birth_date, month_end(month_id)) > 120 then 'age_over_120' end,
            case when death_date > month_end(month_id) then 'death_after_its_month' end,
            case
                when patients.ethnic_category not in (select lists.code, from codelist_ethnic_categories as lists)
                    then 'ethnic_category_not_in_list'
            end,
            case
                when patients.marital_status not in (select lists.code, from codelist_marital_statuses as lists)
                    then 'marital_status_not_in_list'
            end
        ) as rules,
    from typed_patients as patients
)

select
    'patients' as source,
    unnest(string_split(rules, ' ')) as rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rules != ''
