-- Grain: one row per authority.
-- Why: the extract is of England alone.
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
    'england_research_extract' as route,
from authorities
