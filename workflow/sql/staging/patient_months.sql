-- Grain: one row per patient and submission month (person_id, month_id).
-- Why: address and partnership change; a covariate takes the value of the latest month up to T1.
select
    person_id,
    month_id,
    min(lsoa) as lsoa,
    min(gss_code) as gss_code,
    min(marital_status) as marital_status,
from typed_patients
where broken_rule is null
group by person_id, month_id
order by person_id, month_id
