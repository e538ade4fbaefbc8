-- Grain: one row per infant (infant_id).
-- Why: joins each baby to the mother through the pregnancy; the latest submission wins (NHS England's perinatal rule).
-- A mother's age is counted here, so that no table holds the day that she was born.
with

latest_pregnancies as (
    select
        *,
        row_number() over (
            partition by pregnancy_id
            order by
                period_start_date desc,
                booking_date asc,
                record_number desc,
                mother_id asc,
                previous_live_births desc nulls last
        ) as position,
    from typed_pregnancies
    where broken_rule is null
),

latest_babies as (
    select
        *,
        row_number() over (
            partition by infant_id, pregnancy_id
            -- Of rows sent together, what they say decides and not where they stand.
            order by
                period_start_date desc,
                birth_date desc,
                latest_birth_date desc,
                death_date desc nulls last,
                pregnancy_outcome asc nulls last,
                sex_code asc nulls last,
                gestation_days desc nulls last,
                ethnic_category asc nulls last
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
),

births as (
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
),

born_mothers as (
    -- The date is that of the latest month. Where ages stand for it, each narrows the days that it can be.
    select
        person_id,
        coalesce(
            arg_max(birth_date, (month_id, birth_date)) filter (where birth_date = latest_birth_date),
            max(birth_date)
        ) as first_day,
        coalesce(
            arg_max(birth_date, (month_id, birth_date)) filter (where birth_date = latest_birth_date),
            min(latest_birth_date)
        ) as last_day,
    from typed_patients
    where
        broken_rule is null
        and person_id in (
            select births.mother_id,
            from births
        )
    group by person_id
),

mothers as (
    -- ASSUME: a birth date known by ages alone is the middle of the days that it can be.
    select
        person_id,
        (first_day + ((last_day - first_day) // 2)::integer)::date as birth_date,
    from born_mothers
)

select
    births.*,
    date_diff('year', mothers.birth_date, births.birth_date)
    - case
        when strftime(births.birth_date, '%m%d') < strftime(mothers.birth_date, '%m%d') then 1
        else 0
    end as maternal_age_years,
from births
left join mothers
    on births.mother_id = mothers.person_id
order by births.infant_id
