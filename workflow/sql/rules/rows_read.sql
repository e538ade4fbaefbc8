-- Grain: one row per source table, file and return year (source, source_file, return_year).
-- Why: the denominators of every rule, and what tells a file or table that is of no use as a whole.
with

rows_of_all_tables as (
    select
        'patients' as source,
        return_year_of_month(month_id) as return_year,
        source_file,
        broken_rule is null as is_accepted,
        birth_date is not null as has_birth_date,
    from typed_patients
    union all
    select
        'team_referrals' as source,
        return_year_of_month(month_id) as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_team_referrals
    union all
    select
        'care_contacts' as source,
        return_year_of_month(month_id) as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_care_contacts
    union all
    select
        'mha_periods' as source,
        return_year_of_month(month_id) as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_mha_periods
    union all
    select
        'hospital_spells' as source,
        return_year_of_month(month_id) as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_hospital_spells
    union all
    select
        'ward_stays' as source,
        return_year_of_month(month_id) as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_ward_stays
    union all
    select
        'diagnoses' as source,
        return_year_of_month(month_id) as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_diagnoses
    union all
    select
        'pregnancies' as source,
        return_year_of(period_start_date) as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_pregnancies
    union all
    select
        'babies' as source,
        return_year_of(period_start_date) as return_year,
        source_file,
        broken_rule is null as is_accepted,
        birth_date is not null as has_birth_date,
    from typed_babies
    union all
    select
        'cin_children' as source,
        census_year as return_year,
        source_file,
        broken_rule is null as is_accepted,
        coalesce(birth_date, expected_birth_date) is not null as has_birth_date,
    from typed_cin_children
    union all
    select
        'cin_episodes' as source,
        census_year as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_cin_episodes
    union all
    select
        'assessments' as source,
        census_year as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_assessments
    union all
    select
        'child_in_need_plans' as source,
        census_year as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_child_in_need_plans
    union all
    select
        'section_47_enquiries' as source,
        census_year as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_section_47_enquiries
    union all
    select
        'child_protection_plans' as source,
        census_year as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_child_protection_plans
    union all
    select
        'looked_after_children' as source,
        return_year,
        source_file,
        broken_rule is null as is_accepted,
        birth_date is not null as has_birth_date,
    from typed_looked_after_children
    union all
    select
        'looked_after_episodes' as source,
        return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_looked_after_episodes
    union all
    select
        'hes_admissions' as source,
        return_year_of(coalesce(end_date, start_date)) as return_year,
        source_file,
        broken_rule is null as is_accepted,
        null::boolean as has_birth_date,
    from typed_hes_admissions
)

select
    source,
    source_file,
    return_year,
    count(*) as n_read,
    count(*) filter (where is_accepted) as n_accepted,
    count(has_birth_date) > 0 as is_of_people,
    count(*) filter (where has_birth_date) as n_dated,
from rows_of_all_tables
group by source, source_file, return_year
order by source, source_file, return_year
