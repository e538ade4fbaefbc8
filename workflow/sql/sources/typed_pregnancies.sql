-- Grain: one row per row of MSD101PregnancyBooking (a pregnancy in a month's submission).
-- Why: gives pregnancies their types; a broken rule sets the row aside.
select
    bookings.source_file,
    bookings.source_row,
    trim(bookings.uniqpregid) as pregnancy_id,
    trim(bookings.person_id_mother) as mother_id,
    iso_date(bookings.rpstartdate) as period_start_date,
    iso_date(bookings.antenatalappdate) as booking_date,
    try_cast(bookings.recordnumber as bigint) as record_number,
    try_cast(bookings.previouslivebirths as integer) as previous_live_births,
    case
        when nullif(trim(bookings.uniqpregid), '') is null then 'pregnancy_id_missing'
        when nullif(trim(bookings.person_id_mother), '') is null then 'mother_id_missing'
        when iso_date(bookings.rpstartdate) is null then 'period_start_missing'
    end as broken_rule,
    null::varchar as mended_rule,
from msd101pregnancybooking as bookings
