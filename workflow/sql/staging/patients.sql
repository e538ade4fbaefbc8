-- Grain: one row per patient (person_id).
-- Why: facts that do not change. Where months disagree on ethnicity, the value stated most often wins, and of two
-- as often stated the latest; a date of death is that of the latest month, so that a death withdrawn is none.
-- Dates of birth stay behind: births.sql counts the mothers' ages from them.
with

votes as (
    select
        months.person_id,
        months.ethnic_category,
        count(*) as n_months,
        max(months.month_id) as latest_month,
    from typed_patients as months
    inner join codelist_ethnic_categories as ethnicities
        on months.ethnic_category = ethnicities.code
    where
        months.broken_rule is null
        and ethnicities.ethnic_group is not null
    group by months.person_id, months.ethnic_category
),

stated as (
    select
        person_id,
        arg_max(ethnic_category, (n_months, latest_month, ethnic_category)) as ethnic_category,
    from votes
    group by person_id
)

select
    months.person_id,
    any_value(stated.ethnic_category) as ethnic_category,
    last(months.death_date order by months.month_id, months.death_date nulls first) as death_date,
from typed_patients as months
left join stated
    on months.person_id = stated.person_id
where months.broken_rule is null
group by months.person_id
order by months.person_id
