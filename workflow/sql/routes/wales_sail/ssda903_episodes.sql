-- Grain: one row per placement or legal status of a looked-after child in a year.
-- Why: the Welsh census has the shape of the SSDA903 and codes of its own.
select
    input,
    source_file,
    source_row,
    local_authority_code as la_code,
    year_of_code(year_code)::varchar as return_year,
    system_id_e as child,
    day_first(episode_start_date) as decom,
    reason_episode_started_code as rne,
    legal_status_code as ls,
    category_of_need_code as cin,
    placement_type_code as place,
    day_first(episode_end_date) as dec,
    reason_episode_finished_code as rec,
from episode_main
