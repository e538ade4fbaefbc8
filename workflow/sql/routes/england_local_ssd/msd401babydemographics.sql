-- Grain: one row per baby.
-- Why: the pregnancy stands on the delivery.
select
    babies.input,
    babies.source_file,
    babies.source_row,
    deliveries.pregnancyid as uniqpregid,
    babies.lpidbaby as person_id_baby,
    (select authorities.coverage_end, from authorities) as rpstartdate,
    babies.personbirthdatebaby,
    babies.persondeathdatebaby,
    babies.pregoutcome,
    babies.personphensex,
    babies.gestationlengthbirth,
    babies.ethniccategorybaby,
from trust_msd401babydemographics as babies
left join trust_msd301labourdelivery as deliveries
    on babies.labourdeliveryid = deliveries.labourdeliveryid
