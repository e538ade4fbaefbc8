-- Grain: one row per pregnancy.
-- Why: maternity and mental health services number a woman apart: her NHS number joins the two, and goes no further.
with

patients as (
    select
        clean_nhs_number(nhsnumber) as nhs_number,
        min(localpatientid) as person_id,
    from trust_mhs001mpi
    group by all
    having count(distinct localpatientid) = 1
),

mothers as (
    select
        trust_msd001motherdemog.lpidmother,
        min(patients.person_id) as person_id,
    from trust_msd001motherdemog
    inner join patients
        on clean_nhs_number(trust_msd001motherdemog.nhsnumbermother) = patients.nhs_number
    group by trust_msd001motherdemog.lpidmother
    having count(distinct patients.person_id) = 1
)

select
    bookings.input,
    bookings.source_file,
    bookings.source_row,
    bookings.pregnancyid as uniqpregid,
    coalesce(mothers.person_id, bookings.lpidmother) as person_id_mother,
    (select authorities.coverage_end, from authorities) as rpstartdate,
    bookings.antenatalappdate,
    null::varchar as recordnumber,
    bookings.previouslivebirths,
from trust_msd101pregnancybooking as bookings
left join mothers
    on bookings.lpidmother = mothers.lpidmother
