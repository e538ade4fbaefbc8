-- Grain: one row per infant whose mother has an index acute episode (infant_id).
-- Why: the index is the first acute spell admitted on [birth, birth + window), with every later spell that touches it
-- or lies within the gap; T1 is its admission, T2 its last discharge (null while it is open). A birth known by its week
-- alone may be on any of its days: an admission counts that can lie in the window.
with

spells_after_birth as (
    select
        study_infants.infant_id,
        study_infants.latest_birth_date,
        admission_spells.service_type,
        admission_spells.start_date,
        coalesce(admission_spells.end_date, date '9999-12-31') as end_date,
    from study_infants
    inner join admission_spells
        on study_infants.mother_id = admission_spells.person_id
        and study_infants.birth_date <= admission_spells.start_date
),

with_latest_end as (
    select
        *,
        max(end_date) over (
            partition by infant_id order by start_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as latest_end_before,
    from spells_after_birth
),

numbered as (
    select
        *,
        count(*) filter (where date_diff('day', latest_end_before, start_date) > $spell_gap_days) over (
            partition by infant_id order by start_date, end_date
            rows between unbounded preceding and current row
        ) as n_breaks_before,
    from with_latest_end
)

select
    infant_id,
    min(start_date) as t1_date,
    nullif(max(end_date), date '9999-12-31') as t2_date,
    case
        when bool_or(service_type = 'mbu') then 'mbu'
        when bool_or(service_type = 'ward') then 'ward'
        else 'crht'
    end as service_type,
from numbered
where n_breaks_before = 0
group by infant_id, latest_birth_date
having date_diff('day', latest_birth_date, min(start_date)) < $index_window_days
order by infant_id
