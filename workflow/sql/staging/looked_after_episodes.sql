-- Grain: one row per placement or legal status of a looked-after child (child_key, start_date).
-- Why: an episode open on 31 March comes again next year; the latest return wins. What a code means depends on the
-- country and on the year of the return; one that the list of the year lacks keeps the meaning it has in all others.
with

ranked as (
    -- Of rows sent together, what they say decides and not where they stand: the latest end, then the later code.
    select
        *,
        row_number() over (
            partition by la_code, la_child_id, start_date
            order by
                return_year desc,
                end_date desc nulls last,
                reason_ceased desc nulls last,
                legal_status desc nulls last,
                placement desc nulls last,
                reason_started desc nulls last
        ) as position,
    from typed_looked_after_episodes
    where broken_rule is null
),

placements_of_any_year as (
    select
        code,
        country,
        any_value(category) as category,
    from codelist_placements
    group by code, country
    having count(distinct category) = 1
),

reasons_of_any_year as (
    select
        code,
        country,
        any_value(category) as category,
    from codelist_reasons_ceased
    group by code, country
    having count(distinct category) = 1
)

select
    child_key(ranked.la_code, ranked.la_child_id) as child_key,
    ranked.start_date,
    ranked.end_date,
    ranked.reason_started,
    ranked.legal_status,
    ranked.placement,
    ranked.reason_ceased,
    legal_statuses.category as legal_status_category,
    coalesce(placements.category, placements_of_any_year.category) as placement_category,
    coalesce(reasons.category, reasons_of_any_year.category) as reason_ceased_category,
from ranked
left join authorities
    on ranked.la_code = authorities.la_code
left join codelist_care_legal_statuses as legal_statuses
    on ranked.legal_status = legal_statuses.code
    and authorities.country = legal_statuses.country
left join codelist_placements as placements
    on ranked.placement = placements.code
    and authorities.country = placements.country
    and ranked.return_year >= coalesce(placements.first_year::integer, ranked.return_year)
    and ranked.return_year <= coalesce(placements.last_year::integer, ranked.return_year)
left join placements_of_any_year
    on ranked.placement = placements_of_any_year.code
    and authorities.country = placements_of_any_year.country
left join codelist_reasons_ceased as reasons
    on ranked.reason_ceased = reasons.code
    and authorities.country = reasons.country
    and ranked.return_year >= coalesce(reasons.first_year::integer, ranked.return_year)
    and ranked.return_year <= coalesce(reasons.last_year::integer, ranked.return_year)
left join reasons_of_any_year
    on ranked.reason_ceased = reasons_of_any_year.code
    and authorities.country = reasons_of_any_year.country
where ranked.position = 1
order by child_key, ranked.start_date
