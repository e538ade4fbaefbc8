-- Grain: one row per patient and month, of either version of the extract.
-- Why: the extract withholds the day of birth; ages at both ends of each month, and at booking, leave an interval.
with

aged as (
    select
        *,
        month_start(try_cast(uniqmonthid as integer)) as first_day,
        month_start(try_cast(uniqmonthid as integer) + 1) - 1 as final_day,
        try_cast(agerepperiodstart as integer) as age_at_start,
        try_cast(agerepperiodend as integer) as age_at_end,
    from extract_mhs001mpi
),

bookings as (
    select
        person_id_mother as person_id,
        max(earliest_birth(try_cast(ageatbookingmother as integer), iso_date(antenatalappdate))) as earliest_date,
        min(latest_birth(try_cast(ageatbookingmother as integer), iso_date(antenatalappdate))) as latest_date,
    from extract_msd101pregnancybooking
    group by person_id_mother
)

select
    aged.input,
    aged.source_file,
    aged.source_row,
    aged.person_id,
    aged.uniqmonthid,
    date_interval(
        greatest(
            earliest_birth(aged.age_at_start, aged.first_day),
            earliest_birth(aged.age_at_end, aged.final_day),
            bookings.earliest_date
        ),
        least(
            latest_birth(aged.age_at_start, aged.first_day),
            latest_birth(aged.age_at_end, aged.final_day),
            bookings.latest_date
        )
    ) as personbirthdate,
    aged.persdeathdate,
    aged.ethniccategory,
    aged.maritalstatus,
    aged.lsoa2021,
    aged.ladistrictauth,
from aged
left join bookings
    on aged.person_id = bookings.person_id
