-- Grain: one row per placement or legal status of a looked-after child (child_key, start_date).
-- Why: an episode open on 31 March comes again next year; the latest return wins. What a code means depends on the
-- country and on the year of the return.
with

ranked as (
    select
        *,
        row_number() over (
            partition by la_code, la_child_id, start_date
            order by return_year desc, source_row desc
        ) as position,
    from typed_looked_after_episodes
    where broken_rule is null
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
    placements.category as placement_category,
    reasons.category as reason_ceased_category,
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
left join codelist_reasons_ceased as reasons
    on ranked.reason_ceased = reasons.code
    and authorities.country = reasons.country
    and ranked.return_year >= coalesce(reasons.first_year::integer, ranked.return_year)
    and ranked.return_year <= coalesce(reasons.last_year::integer, ranked.return_year)
where ranked.position = 1
order by child_key, ranked.start_date
