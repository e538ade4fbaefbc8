-- Grain: one row per row of an SSDA903 episodes file (a placement or legal status).
-- Why: authority and year stand in the path, because the file does not carry them; the loader gives them as columns.
select
    episodes.source_file,
    episodes.source_row,
    trim(episodes.la_code) as la_code,
    try_cast(episodes.return_year as integer) as return_year,
    trim(episodes.child) as la_child_id,
    uk_date(episodes.decom) as start_date,
    uk_date(episodes.dec) as end_date,
    clean_code(episodes.rne) as reason_started,
    clean_code(episodes.ls) as legal_status,
    clean_code(episodes.cin) as category_of_need,
    clean_code(episodes.place) as placement,
    clean_code(episodes.rec) as reason_ceased,
    is_rewritten(episodes.rne) as is_reason_started_rewritten,
    is_rewritten(episodes.ls) as is_legal_status_rewritten,
    is_rewritten(episodes.cin) as is_category_of_need_rewritten,
    is_rewritten(episodes.place) as is_placement_rewritten,
    is_rewritten(episodes.rec) as is_reason_ceased_rewritten,
    case
        when not coalesce(regexp_full_match(trim(episodes.la_code), '\d{3}'), false)
            then 'authority_code_not_three_digits'
        when try_cast(episodes.return_year as integer) is null then 'return_year_not_a_number'
        when nullif(trim(episodes.child), '') is null then 'child_id_missing'
        when uk_date(episodes.decom) is null then 'start_date_missing'
        when is_unreadable_uk(episodes.dec) then 'end_date_unreadable'
        when uk_date(episodes.dec) < uk_date(episodes.decom) then 'end_before_start'
        when
            row_number() over (
                partition by
                    trim(episodes.la_code), episodes.return_year, trim(episodes.child), uk_date(episodes.decom)
                order by uk_date(episodes.dec) desc nulls first, episodes.source_row
            ) > 1
            then 'second_row_of_a_child_and_start_date'
    end as broken_rule,
    null::varchar as mended_rule,
from ssda903_episodes as episodes
