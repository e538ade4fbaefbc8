-- Grain: one row per mother of a dyad and stretch of days in one acute setting (person_id, start_date);
-- [start_date, end_date), so that a stay of a day without a night has none.
-- Why: spells overlap, nest and touch; a day counts once, in the highest setting that it was spent in: mother and baby
-- unit, else ward, else home treatment. Days in hospital follow the beds: one spell can hold a ward and a unit.
with

spells as (
    select
        person_id,
        spell_id,
        service_type,
        start_date,
        coalesce(end_date, date '9999-12-31') as end_date,
    from admission_spells
    where person_id in (select dyads.mother_id, from dyads)
),

beds as (
    select
        ward_stays.spell_id,
        classes.service_type,
        ward_stays.start_date,
        ward_stays.end_date,
    from ward_stays
    inner join codelist_bed_classes as classes
        on ward_stays.bed_class = classes.code
),

spells_with_ward as (
    select distinct spell_id,
    from beds
    where service_type = 'ward'
),

settings as (
    -- ASSUME: days of a spell without a ward stay are those of its only kind of bed, else of a ward.
    select
        spells.person_id,
        case
            when spells.service_type = 'crht' then 1
            when spells.service_type = 'mbu' and spells_with_ward.spell_id is null then 3
            else 2
        end as setting_rank,
        spells.start_date,
        spells.end_date,
    from spells
    left join spells_with_ward
        on spells.spell_id = spells_with_ward.spell_id
    union all
    select
        spells.person_id,
        3 as setting_rank,
        greatest(spells.start_date, beds.start_date) as start_date,
        least(spells.end_date, beds.end_date) as end_date,
    from spells
    inner join beds
        on spells.spell_id = beds.spell_id
    where beds.service_type = 'mbu'
),

edges as (
    select
        person_id,
        start_date as edge_date,
    from settings
    union
    select
        person_id,
        end_date as edge_date,
    from settings
),

stretches as (
    select
        person_id,
        edge_date as start_date,
        lead(edge_date) over (partition by person_id order by edge_date) as end_date,
    from edges
)

select
    stretches.person_id,
    stretches.start_date,
    stretches.end_date,
    case max(settings.setting_rank) when 1 then 'crht' when 2 then 'ward' when 3 then 'mbu' end as setting,
from stretches
inner join settings
    on stretches.person_id = settings.person_id
    and stretches.start_date >= settings.start_date
    and stretches.end_date <= settings.end_date
group by stretches.person_id, stretches.start_date, stretches.end_date
order by stretches.person_id, stretches.start_date
