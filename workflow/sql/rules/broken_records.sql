-- Grain: one row per rule and record that breaks it, over all source tables (source, rule, source_file, source_row,
-- record; a record that stands twice in a place is told twice).
-- Why: what the conditions found, kept where rules.csv says that the rule applies, with its severity. They are
-- asked for source by source, and then put in order: all of them at once may not fit in memory.
with

told as (
    select *,
    from broken_patients
    union all
    select *,
    from broken_team_referrals
    union all
    select *,
    from broken_care_contacts
    union all
    select *,
    from broken_mha_periods
    union all
    select *,
    from broken_hospital_spells
    union all
    select *,
    from broken_ward_stays
    union all
    select *,
    from broken_diagnoses
    union all
    select *,
    from broken_pregnancies
    union all
    select *,
    from broken_babies
    union all
    select *,
    from broken_cin_children
    union all
    select *,
    from broken_cin_episodes
    union all
    select *,
    from broken_assessments
    union all
    select *,
    from broken_child_in_need_plans
    union all
    select *,
    from broken_section_47_enquiries
    union all
    select *,
    from broken_child_protection_plans
    union all
    select *,
    from broken_looked_after_children
    union all
    select *,
    from broken_looked_after_episodes
    union all
    select *,
    from broken_looked_after_order
    union all
    select *,
    from broken_looked_after_years
    union all
    select *,
    from broken_hes_admissions
)

select
    told.source,
    told.rule,
    rules.severity,
    told.return_year,
    told.source_file,
    told.source_row,
    told.record,
from told
inner join rules
    on told.source = rules.source
    and told.rule = rules.rule
where
    (told.return_year is null or is_of_year(told.return_year, rules.first_year, rules.last_year))
    and coalesce(rules.country = told.country, rules.country is null)
