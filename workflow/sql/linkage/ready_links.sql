-- Grain: one row per study infant and child record that an environment linked (infant_id, child_key).
-- Why: a link handed over ready-made takes the place of identifiers; a child given to two infants is neither's.
with

named as (
    select distinct
        infants.infant_id,
        child_key(trim(given_links.la_code), trim(given_links.lachildid)) as child_key,
    from given_links
    inner join infants
        on trim(given_links.person_id_baby) = infants.infant_id
)

select
    infant_id,
    child_key,
from named
where child_key is not null
qualify count(*) over (partition by child_key) = 1
order by infant_id, child_key
