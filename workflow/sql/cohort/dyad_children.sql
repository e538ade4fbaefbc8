-- Grain: one row per dyad and linked child record (dyad_id, child_key).
-- Why: from here on a dyad meets its records by study number; an infant can be known to more than one authority.
select
    dyads.dyad_id,
    links.child_key,
from dyads
inner join links
    on dyads.infant_id = links.infant_id
where dyads.exclusion_reason is null
order by dyads.dyad_id, links.child_key
