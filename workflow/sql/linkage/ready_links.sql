-- Grain: one row per study infant and child record that an environment linked (left_id, right_id).
-- Why: a link handed over ready-made takes the place of identifiers; a child given to two infants is neither's.
with

named as (
    select distinct
        infants.person_id as left_id,
        child_key(trim(given_links.la_code), trim(given_links.lachildid)) as right_id,
    from given_links
    inner join infants
        on trim(given_links.person_id_baby) = infants.person_id
)

select
    left_id,
    right_id,
from named
where right_id is not null
qualify count(*) over (partition by right_id) = 1
order by left_id, right_id
