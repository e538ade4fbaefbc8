-- Grain: one row per placement or legal status of a looked-after child.
-- Why: placement and legal status stand in tables of their own; a code is read as of the year of its end. An order
-- that follows care is a status too, and no status of an episode that had begun before it.
with

statuses as (
    select
        episodes.clae_cla_episode_id,
        arg_max(
            held.lega_legal_status, (iso_date(held.lega_legal_status_start_date), held.lega_legal_status)
        ) as legal_status,
    from ssd_cla_episodes as episodes
    inner join ssd_legal_status as held
        on episodes.clae_person_id = held.lega_person_id
        and iso_date(held.lega_legal_status_start_date) <= iso_date(episodes.clae_cla_episode_start_date)
        and (
            iso_date(held.lega_legal_status_end_date) is null
            or iso_date(held.lega_legal_status_end_date) > iso_date(episodes.clae_cla_episode_start_date)
            or iso_date(held.lega_legal_status_start_date) = iso_date(episodes.clae_cla_episode_start_date)
        )
    group by episodes.clae_cla_episode_id
)

select
    episodes.input,
    episodes.source_file,
    episodes.source_row,
    (select authorities.la_code, from authorities) as la_code,
    return_year_of(
        coalesce(
            iso_date(episodes.clae_cla_episode_ceased_date),
            (select iso_date(authorities.coverage_end), from authorities)
        )
    )::varchar as return_year,
    episodes.clae_person_id as child,
    day_first(episodes.clae_cla_episode_start_date) as decom,
    episodes.clae_cla_episode_start_reason as rne,
    statuses.legal_status as ls,
    episodes.clae_cla_primary_need_code as cin,
    placements.clap_cla_placement_type as place,
    day_first(episodes.clae_cla_episode_ceased_date) as dec,
    episodes.clae_cla_episode_ceased_reason as rec,
from ssd_cla_episodes as episodes
left join statuses
    on episodes.clae_cla_episode_id = statuses.clae_cla_episode_id
left join ssd_cla_placement as placements
    on episodes.clae_cla_placement_id = placements.clap_cla_placement_id
