-- Grain: one row per authority (la_code).
-- Why: names the authorities whose returns are held, and the days those returns cover.
select
    trim(la_code) as la_code,
    trim(gss_code) as gss_code,
    trim(name) as name,
    trim(country) as country,
    coalesce(trim(route), 'england_returns') as route,
    iso_date(coverage_start) as coverage_start,
    iso_date(coverage_end) as coverage_end,
from reference_authorities
order by la_code
