-- Grain: one row per rule and row of an SSDA903 episodes file that breaks it against the return of another year.
-- Why: an episode open on 31 March must come again, unchanged, in the next return; a child who vanishes is followed
-- up no more.
with

returns as (
    select distinct
        la_code,
        return_year,
    from typed_looked_after_episodes
),

ordered as (
    select
        *,
        row_number() over from_first as position,
        row_number() over from_last as position_from_last,
    from typed_looked_after_episodes
    where la_child_id is not null and return_year is not null
    window
        from_first as (
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
        ),
        from_last as (
            partition by source_file, la_child_id
            order by
                start_date desc,
                end_date desc nulls first,
                return_year desc nulls first,
                reason_started desc nulls first,
                legal_status desc nulls first,
                category_of_need desc nulls first,
                placement desc nulls first,
                reason_ceased desc nulls first,
                source_row desc nulls first
        )
),

firsts as (
    select *,
    from ordered
    where position = 1
),

lasts as (
    select *,
    from ordered
    where position_from_last = 1
),

pairs as (
    -- The first row of a child's return beside the last row of the return before; either may be missing.
    select
        coalesce(firsts.la_code, lasts.la_code) as la_code,
        coalesce(firsts.return_year, lasts.return_year + 1) as return_year,
        firsts.source_file is not null as is_returned,
        lasts.source_file is not null as was_returned,
        coalesce(firsts.source_file, lasts.source_file) as source_file,
        coalesce(firsts.source_row, lasts.source_row) as source_row,
        child_key(coalesce(firsts.la_code, lasts.la_code), coalesce(firsts.la_child_id, lasts.la_child_id))
        || ':' || coalesce(firsts.start_date, lasts.start_date) as record,
        firsts.start_date < year_start(firsts.return_year) as is_from_before,
        lasts.source_file is not null and lasts.end_date is null as was_open,
        same(firsts.start_date, lasts.start_date) as is_start_date_same,
        same(firsts.reason_started, lasts.reason_started) as is_reason_started_same,
        same(firsts.legal_status, lasts.legal_status) as is_legal_status_same,
        same(firsts.category_of_need, lasts.category_of_need) as is_category_of_need_same,
        same(firsts.placement, lasts.placement) as is_placement_same,
    from firsts
    full join lasts
        on firsts.la_code = lasts.la_code
        and firsts.la_child_id = lasts.la_child_id
        and firsts.return_year = lasts.return_year + 1
),

checked as (
    select
        pairs.*,
        authorities.country,
        not pairs.is_returned and pairs.was_open and own_years.la_code is not null as is_lost,
        pairs.is_returned and pairs.was_open as is_continued,
        pairs.is_returned and pairs.was_open and pairs.is_start_date_same as is_same_episode,
        pairs.is_from_before and not pairs.was_returned and years_before.la_code is not null as is_new_to_returns,
    from pairs
    left join authorities
        on pairs.la_code = authorities.la_code
    left join returns as own_years
        on pairs.la_code = own_years.la_code
        and pairs.return_year = own_years.return_year
    left join returns as years_before
        on pairs.la_code = years_before.la_code
        and pairs.return_year = years_before.return_year + 1
),

told as (
    select
        country,
        return_year,
        source_file,
        source_row,
        record,
        concat_ws(
            ' ',
            case when is_lost then 'dfe_1010' end,
            case when is_continued and not is_start_date_same then 'dfe_502' end,
            case when is_same_episode and not is_reason_started_same then 'dfe_503A' end,
            case when is_same_episode and not is_legal_status_same then 'dfe_503B' end,
            case when is_same_episode and not is_category_of_need_same then 'dfe_503C' end,
            case when is_same_episode and not is_placement_same then 'dfe_503D' end,
            case when is_from_before and was_returned and not was_open then 'dfe_562' end,
            case when is_new_to_returns then 'dfe_NoE' end
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
