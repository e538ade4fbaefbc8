-- Grain: one row per patient (person_id).
-- Why: facts that do not change; where months disagree, the latest stated value wins.
select
    months.person_id,
    arg_max(months.birth_date, months.month_id) filter (where months.birth_date is not null) as birth_date,
    arg_max(months.ethnic_category, months.month_id) filter (where ethnicities.code is not null) as ethnic_category,
    max(months.death_date) as death_date,
from typed_patients as months
left join codelist_ethnic_categories as ethnicities
    on months.ethnic_category = ethnicities.code
where months.broken_rule is null
group by months.person_id
order by months.person_id
