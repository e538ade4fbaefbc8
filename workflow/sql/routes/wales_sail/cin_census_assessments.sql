-- Grain: one row per child in a snapshot with a factor of the parents' capacity.
-- Why: the factors are flags of the snapshot, under their Welsh names; no day of an assessment is held.
with

flags as (
    select
        input,
        source_file,
        source_row,
        local_authority_code,
        date_of_data_collection,
        child_code_e,
        unnest([
            case when trim(parenting_capacity_substance_alcohol_misuse) = '1' then 'SUBSTANCE_ALCOHOL_MISUSE' end,
            case when trim(parenting_capacity_learning_disabilities) = '1' then 'LEARNING_DISABILITIES' end,
            case when trim(parenting_capacity_mental_ill_health) = '1' then 'MENTAL_ILL_HEALTH' end,
            case when trim(parenting_capacity_physical_ill_health) = '1' then 'PHYSICAL_ILL_HEALTH' end,
            case when trim(parenting_capacity_domestic_abuse) = '1' then 'DOMESTIC_ABUSE' end
        ]) as factor,
    from main_crcs
)

select
    input,
    source_file,
    source_row,
    local_authority_code as la_code,
    year(iso_date(date_of_data_collection))::varchar as census_year,
    child_code_e as lachildid,
    date_trunc('year', iso_date(date_of_data_collection))::date::varchar as cinreferraldate,
    date_of_data_collection as assessmentactualstartdate,
    null::varchar as assessmentauthorisationdate,
    string_agg(factor, ' ' order by factor) as assessmentfactors,
from flags
where factor is not null
group by all
