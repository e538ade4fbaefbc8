-- Grain: one row per placement or legal status of a looked-after child in a year.
-- Why: -10 stands where an open episode has no reason for ending; the reason an episode began is not in the extract.
select
    input,
    source_file,
    source_row,
    la as la_code,
    return_year,
    child_la_code_anon as child,
    day_first(date_episode_started) as decom,
    null::varchar as rne,
    legal_status as ls,
    cin,
    placement as place,
    day_first(date_episode_ceased) as dec,
    nullif(trim(reason_episode_ceased), '-10') as rec,
from cla_episodes
