-- Grain: one row per authority, and one for the nation.
-- Why: no record tells the authority a mother lives in: she is covered where the whole nation is. The authorities
-- have no ONS code here: an address in Wales in English records is outside what links of this route can reach.
select
    authorities.input,
    authorities.source_file,
    authorities.source_row,
    authorities.local_authority_code as la_code,
    null::varchar as gss_code,
    authorities.name,
    'Wales' as country,
    authorities.coverage_start,
    authorities.coverage_end,
    'wales_sail' as route,
from authorities
union all
select
    min(authorities.input) as input,
    min(authorities.source_file) as source_file,
    min(authorities.source_row) as source_row,
    nations.gss_code as la_code,
    nations.gss_code,
    nations.country as name,
    nations.country,
    max(authorities.coverage_start) as coverage_start,
    min(authorities.coverage_end) as coverage_end,
    'wales_sail' as route,
from authorities
inner join codelist_nations as nations
    on nations.country = 'Wales'
group by nations.gss_code, nations.country
