-- Grain: one row: the authority.
-- Why: the route is of one authority in England.
select
    input,
    source_file,
    source_row,
    la_code,
    gss_code,
    name,
    'England' as country,
    coverage_start,
    coverage_end,
    'england_local_ssd' as route,
from authorities
