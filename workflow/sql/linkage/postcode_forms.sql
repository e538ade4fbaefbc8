-- Grain: one row per different postcode of one side, as written (postcode).
-- Why: a pseudo postcode (ZZ99: no fixed abode, unknown) is no address.
select
    postcode,
    count(*) as n,
    plain_postcode(postcode) as plain_form,
    coalesce(is_pseudo_postcode(postcode), false) as is_pseudo,
from raw_persons
where nullif(trim(postcode), '') is not null
group by postcode
order by postcode
