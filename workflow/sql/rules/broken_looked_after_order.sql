-- Grain: one row per rule and row of an SSDA903 episodes file that breaks it together with the child's next row there.
-- Why: a period of care is chained from episodes, so each must begin as the one before it ended. The rule is told
-- of the earlier of the two.
with

ordered as (
    select
        *,
        lead(source_row) over in_order is not null as has_next,
        lead(start_date) over in_order as next_start_date,
        lead(end_date) over in_order as next_end_date,
        lead(reason_started) over in_order as next_reason_started,
        lead(legal_status) over in_order as next_legal_status,
        lead(category_of_need) over in_order as next_category_of_need,
        lead(placement) over in_order as next_placement,
        lead(reason_ceased) over in_order as next_reason_ceased,
    from typed_looked_after_episodes
    window in_order as (
        partition by source_file, la_child_id
        -- Of rows of the same days, what they say decides and not where they stand.
        order by
            start_date,
            end_date nulls last,
            return_year,
            reason_started,
            legal_status,
            category_of_need,
            placement,
            reason_ceased,
            source_row
    )
),

checked as (
    select
        ordered.*,
        authorities.country,
        ordered.next_reason_started != 'S' as goes_on,
        -- The same row twice is one thing, however often it comes.
        ordered.has_next
        and same(ordered.start_date, ordered.next_start_date)
        and same(ordered.end_date, ordered.next_end_date)
        and same(ordered.reason_started, ordered.next_reason_started)
        and same(ordered.legal_status, ordered.next_legal_status)
        and same(ordered.category_of_need, ordered.next_category_of_need)
        and same(ordered.placement, ordered.next_placement)
        and same(ordered.reason_ceased, ordered.next_reason_ceased) as is_repeated,
    from ordered
    left join authorities
        on ordered.la_code = authorities.la_code
),

told as (
    select
        country,
        return_year,
        source_file,
        source_row,
        child_key(la_code, la_child_id) || ':' || start_date as record,
        is_repeated,
        unnest([
            case when is_repeated then 'row_repeated' end,
            case when has_next and end_date is null then 'dfe_142' end,
            case when has_next and reason_ceased in ('E11', 'E12') then 'dfe_199' end,
            case
                when next_placement in ('A3', 'A5') and not regexp_full_match(coalesce(placement, ''), '[UA][1-6]')
                    then 'dfe_336'
            end,
            case when not has_next and reason_ceased = 'X1' then 'dfe_388' end,
            case when next_reason_started = 'S' and next_start_date = end_date then 'dfe_431' end,
            case when has_next and reason_ceased != 'X1' and goes_on then 'dfe_432' end,
            case when reason_ceased = 'X1' and next_start_date != end_date then 'dfe_433' end,
            case
                when
                    next_reason_started = 'L' and (legal_status = next_legal_status or placement != next_placement)
                    then 'dfe_434'
            end,
            case when next_reason_started in ('P', 'T') and legal_status != next_legal_status then 'dfe_435' end,
            case when next_reason_started in ('B', 'U') and legal_status = next_legal_status then 'dfe_436' end,
            case when next_start_date < end_date then 'dfe_501' end,
            case when goes_on and category_of_need != next_category_of_need then 'dfe_504' end,
        ]) as rule,
    from checked
)

select
    'looked_after_episodes' as source,
    rule,
    country,
    return_year,
    source_file,
    source_row,
    record,
from told
where rule = 'row_repeated' or (rule is not null and not is_repeated)
