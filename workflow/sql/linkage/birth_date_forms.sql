-- Grain: one row per different birth date of one side, as written (birth_date).
-- Why: a date may be written in several ways, stand for "unknown", or be known only as an interval.
select
    birth_date,
    count(*) as n,
    person_date(birth_date) as first_day,
    person_date_last(birth_date) as last_day,
from raw_persons
where nullif(trim(birth_date), '') is not null
group by birth_date
order by birth_date
