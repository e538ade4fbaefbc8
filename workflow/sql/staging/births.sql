-- Grain: one row per infant (infant_id).
-- Why: joins each baby to the mother through the pregnancy; the latest submission wins (NHS England's perinatal rule).
with

latest_pregnancies as (
    select
        *,
        row_number() over (
            partition by pregnancy_id
            order by period_start_date desc, booking_date asc, record_number desc
        ) as position,
    from typed_pregnancies
    where broken_rule is null
),

latest_babies as (
    select
        *,
        row_number() over (
            partition by infant_id, pregnancy_id order by period_start_date desc, source_row desc
        ) as position,
    from typed_babies
    where broken_rule is null
),

deliveries as (
    -- Twins on either side of midnight have two dates and one pregnancy.
    select
        pregnancy_id,
        count(distinct infant_id) as n_infants,
    from latest_babies
    where position = 1
    group by pregnancy_id
)

select
    latest_babies.infant_id,
    min(latest_pregnancies.mother_id) as mother_id,
    count(distinct latest_pregnancies.mother_id) as n_mothers,
    min(latest_babies.birth_date) as birth_date,
    min(latest_babies.latest_birth_date) as latest_birth_date,
    min(latest_babies.death_date) as death_date,
    bool_or(live.code is not null) as is_live_birth,
    min(sexes.sex) as sex,
    min(latest_babies.gestation_days) as gestation_days,
    min(ethnicities.ethnic_group) as ethnic_group,
    max(deliveries.n_infants) as n_infants_delivered,
    min(latest_pregnancies.previous_live_births) as previous_live_births,
from latest_babies
left join latest_pregnancies
    on latest_babies.pregnancy_id = latest_pregnancies.pregnancy_id
    and latest_pregnancies.position = 1
left join deliveries
    on latest_babies.pregnancy_id = deliveries.pregnancy_id
left join codelist_live_birth_outcomes as live
    on latest_babies.pregnancy_outcome = live.code
left join codelist_sexes as sexes
    on latest_babies.sex_code = sexes.code
left join codelist_ethnic_categories as ethnicities
    on latest_babies.ethnic_category = ethnicities.code
where latest_babies.position = 1
group by latest_babies.infant_id
order by latest_babies.infant_id
