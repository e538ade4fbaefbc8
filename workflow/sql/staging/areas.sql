-- Grain: one row per small area (lsoa).
-- Why: gives the deprivation quintile; 1 is the most deprived fifth of the area's own country.
select
    trim(lsoa) as lsoa,
    try_cast(quintile as integer) as deprivation_quintile,
from reference_deprivation
order by lsoa
