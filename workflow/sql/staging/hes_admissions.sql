-- Grain: one row per admission (person_id, admission_date).
-- Why: joins the consultant episodes of an admission; not yet part of the cohort (England's MHSDS is).
select
    person_id,
    admission_date,
    min(start_date) as start_date,
    max(discharge_date) as discharge_date,
    count(*) as n_episodes,
from typed_hes_admissions
where broken_rule is null
group by person_id, admission_date
order by person_id, admission_date
