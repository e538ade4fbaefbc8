-- Grain: one row per child in a census return (XML or flat files).
-- Why: the flat files split a child's identifiers from its characteristics.
with

characteristics as (
    -- A child has one row of characteristics; a second one must not double the child.
    select
        la_code,
        census_year,
        lachildid,
        input,
        min(ethnicity) as ethnicity,
    from cin_flat_child_characteristics
    group by all
)

select
    children.la_code,
    children.census_year,
    children.lachildid,
    children.upn,
    children.upnunknown,
    children.personbirthdate,
    children.expectedpersonbirthdate,
    children.gendercurrent,
    children.sex,
    children.persondeathdate,
    children.ethnicity,
    children.input,
    children.source_file,
    children.source_row,
from cin_census_children as children
union all
select
    identifiers.la_code,
    identifiers.census_year,
    identifiers.lachildid,
    identifiers.upn,
    identifiers.upnunknown,
    year_first(identifiers.personbirthdate) as personbirthdate,
    year_first(identifiers.expectedpersonbirthdate) as expectedpersonbirthdate,
    identifiers.gendercurrent,
    identifiers.sex,
    year_first(identifiers.persondeathdate) as persondeathdate,
    characteristics.ethnicity,
    identifiers.input,
    identifiers.source_file,
    identifiers.source_row,
from cin_flat_child_identifiers as identifiers
left join characteristics
    on identifiers.la_code = characteristics.la_code
    and identifiers.census_year = characteristics.census_year
    and identifiers.lachildid = characteristics.lachildid
    and identifiers.input = characteristics.input
