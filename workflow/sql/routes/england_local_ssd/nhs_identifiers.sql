-- Grain: one row per baby.
-- Why: the trust's tables have no names; the mother's number and postcode stand with her own record.
select
    babies.input,
    babies.source_file,
    babies.source_row,
    babies.lpidbaby as person_id,
    babies.nhsnumberbaby as nhsnumber,
    null::varchar as givenname,
    null::varchar as familyname,
    babies.personbirthdatebaby as personbirthdate,
    babies.personphensex as sex,
    mothers.postcode,
    mothers.nhsnumbermother,
    mothers.personbirthdatemother,
from trust_msd401babydemographics as babies
left join trust_msd301labourdelivery as deliveries
    on babies.labourdeliveryid = deliveries.labourdeliveryid
left join trust_msd101pregnancybooking as bookings
    on deliveries.pregnancyid = bookings.pregnancyid
left join trust_msd001motherdemog as mothers
    on bookings.lpidmother = mothers.lpidmother
