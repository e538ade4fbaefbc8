-- Grain: one row per rule and row of an SSDA903 episodes file that breaks it by itself.
-- Why: codes by country and year, dates, ages and legal statuses of single episodes.
with

unheld as (
    -- A record does not break a rule by lacking what its route never holds.
    select
        route,
        field,
    from codelist_unheld_fields
    where raw_table = 'ssda903_episodes'
),

places as (
    select
        la_code,
        country,
        route in (
            select lists.route,
            from unheld as lists
            where lists.field = 'rne'
        ) as is_reason_started_unheld,
    from authorities
),

born as (
    select
        la_code,
        la_child_id,
        return_year,
        min(birth_date) as birth_date,
    from typed_looked_after_children
    group by la_code, la_child_id, return_year
),

checked as (
    select
        episodes.*,
        places.country,
        born.birth_date,
        born.la_child_id is null as has_no_header,
        coalesce(episodes.end_date, year_end(episodes.return_year)) - episodes.start_date as days,
        age_in_years(born.birth_date, episodes.start_date) as age_at_start,
        age_in_years(born.birth_date, episodes.end_date) as age_at_end,
        episodes.placement in ('T0', 'T1', 'T2', 'T3', 'T4') as is_temporary,
        episodes.legal_status in ('V3', 'V4') as is_short_break,
        places.is_reason_started_unheld is not true
        and (reasons_started.code is null or episodes.is_reason_started_rewritten) as is_reason_started_unlisted,
        statuses.code is null or episodes.is_legal_status_rewritten as is_legal_status_unlisted,
        needs.code is null or episodes.is_category_of_need_rewritten as is_need_unlisted,
        placements.code is null or episodes.is_placement_rewritten as is_placement_unlisted,
        episodes.is_reason_ceased_rewritten
        or (episodes.reason_ceased is not null and reasons_ceased.code is null) as is_reason_ceased_unlisted,
        episodes.reason_ceased is not null or episodes.is_reason_ceased_rewritten as has_reason_ceased,
    from typed_looked_after_episodes as episodes
    left join places
        on episodes.la_code = places.la_code
    left join born
        on episodes.la_code = born.la_code
        and episodes.la_child_id = born.la_child_id
        and episodes.return_year = born.return_year
    left join codelist_ssda903_codes as reasons_started
        on episodes.reason_started = reasons_started.code
        and places.country = reasons_started.country
        and reasons_started.field = 'reason_started'
    left join codelist_care_legal_statuses as statuses
        on episodes.legal_status = statuses.code
        and places.country = statuses.country
    left join codelist_ssda903_codes as needs
        on episodes.category_of_need = needs.code
        and places.country = needs.country
        and needs.field = 'category_of_need'
    left join codelist_placements as placements
        on episodes.placement = placements.code
        and places.country = placements.country
        and is_of_year(episodes.return_year, placements.first_year, placements.last_year)
    left join codelist_reasons_ceased as reasons_ceased
        on episodes.reason_ceased = reasons_ceased.code
        and places.country = reasons_ceased.country
        and is_of_year(episodes.return_year, reasons_ceased.first_year, reasons_ceased.last_year)
),

told as (
    select
        country,
        return_year,
        source_file,
        source_row,
        child_key(la_code, la_child_id) || ':' || start_date as record,
        concat_ws(
            ' ',
            broken_rule,
            case when broken_rule is null and country is null then 'authority_unknown' end,
            case when country is not null and is_reason_started_unlisted then 'dfe_143' end,
            case when country is not null and is_legal_status_unlisted then 'dfe_144' end,
            case when country is not null and is_need_unlisted then 'dfe_145' end,
            case when country is not null and is_placement_unlisted then 'dfe_146' end,
            case when (end_date is null) = has_reason_ceased then 'dfe_148' end,
            case when country is not null and is_reason_ceased_unlisted then 'dfe_149' end,
            case when placement in ('A3', 'A5') and reason_started not in ('S', 'T', 'U') then 'dfe_217' end,
            case when start_date < birth_date then 'dfe_302' end,
            case when start_date < children_act_start() then 'dfe_353' end,
            case when end_date > year_end(return_year) then 'dfe_354' end,
            case when end_date = start_date then 'dfe_355' end,
            case when legal_status in ('J1', 'J2', 'J3') and age_at_start < 10 then 'dfe_358' end,
            case when legal_status = 'L1' and days > 3 then 'dfe_361' end,
            case when legal_status = 'L2' and days > 21 then 'dfe_362' end,
            case when legal_status = 'L3' and days > 7 then 'dfe_363' end,
            case when legal_status = 'V3' and days > 17 then 'dfe_365' end,
            case when placement = 'P2' and age_at_start < if(return_year < 2024, 15, 16) then 'dfe_370' end,
            case
                when placement in ('H5', 'K3') and age_at_start < if(return_year < 2024, 14, 16) then 'dfe_371'
            end,
            case when placement = 'R5' and age_at_start < 10 then 'dfe_372' end,
            case when placement = 'S1' and age_at_start < 4 then 'dfe_373' end,
            case when placement = 'P3' and age_at_start < 14 then 'dfe_374' end,
            case when placement = 'T1' and days > 42 then 'dfe_375' end,
            case when placement = 'T3' and days > 21 then 'dfe_376' end,
            case when placement = 'P1' and legal_status = 'V2' then 'dfe_378' end,
            case when placement = 'T4' and days > 7 then 'dfe_379' end,
            case when is_temporary and reason_started = 'S' then 'dfe_380' end,
            case when is_temporary and reason_ceased != 'X1' then 'dfe_381' end,
            case when is_short_break and is_temporary then 'dfe_382' end,
            case when is_short_break and placement in ('U1', 'U4') then 'dfe_384' end,
            case when reason_ceased in ('E5', 'E6') and age_at_end < 14 then 'dfe_387' end,
            case when reason_ceased = 'E7' and age_at_end < 16 then 'dfe_389' end,
            case
                when reason_ceased in ('E11', 'E12') and not starts_with(coalesce(placement, ''), 'A') then 'dfe_390'
            end,
            case when placement in ('A5', 'A6') and legal_status != 'E1' then 'dfe_408' end,
            case when legal_status = 'D1' and start_date >= placement_orders_start() then 'dfe_445' end,
            case when legal_status = 'E1' and start_date < placement_orders_start() then 'dfe_446' end,
            case when reason_ceased = 'E17' and age_at_end < 18 then 'dfe_460' end,
            case
                when reason_ceased in ('E45', 'E46') and not regexp_full_match(coalesce(placement, ''), 'U[1-6]')
                    then 'dfe_516'
            end,
            case when la_child_id is not null and has_no_header then 'dfe_INT03' end
        ) as rules,
    from checked
)

select
    'looked_after_episodes' as source,
    unnest(string_split(rules, ' ')) as rule,
    country,
    return_year,
    source_file,
    source_row,
    record,
from told
where rules != ''
