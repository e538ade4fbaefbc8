-- Grain: one row per dyad, arrangement and interval under it; [start_date, end_date), open-ended when null.
-- Why: every formal arrangement about where the infant lives, by its kind: what counts as custody lost is then a list
-- of kinds (codelist custody_definitions). Short breaks are none (V3 and V4 in England, V1 in Wales).
with

records as (
    -- No child is known long before birth: what began earlier is another child's, with all that its end tells (DfE
    -- rule 8606).
    select
        dyad_children.dyad_id,
        dyad_children.child_key,
        (dyads.birth_date - $pregnancy_lookback_days::integer)::date as first_day,
    from dyad_children
    inner join dyads
        on dyad_children.dyad_id = dyads.dyad_id
),

placements as (
    -- ASSUME: a placement or legal status whose code is not in the lists is formal and apart.
    select
        records.dyad_id,
        records.child_key,
        case
            when care.placement_category = 'with_parent' then 'placed_with_parent'
            when care.placement_category = 'with_mother' then 'placed_with_mother'
            when care.legal_status_category = 'order' then 'apart_under_order'
            else 'apart_otherwise'
        end as arrangement,
        care.start_date,
        care.end_date,
        care.reason_ceased_category,
    from records
    inner join looked_after_episodes as care
        on records.child_key = care.child_key
        and records.first_day <= care.start_date
    where care.legal_status_category is distinct from 'short_break'
),

transfers as (
    -- Care taken over by another authority goes on under another child id.
    select
        placements.dyad_id,
        placements.child_key,
        placements.start_date,
        min(taken_over.start_date) as taken_over_date,
    from placements
    inner join placements as taken_over
        on placements.dyad_id = taken_over.dyad_id
        and placements.child_key != taken_over.child_key
        and taken_over.start_date between placements.end_date and placements.end_date + $care_transfer_days::integer
    where placements.reason_ceased_category = 'transferred'
    group by placements.dyad_id, placements.child_key, placements.start_date
),

ends_of_care as (
    select
        records.dyad_id,
        care.reason_ceased_category as arrangement,
        care.end_date as start_date,
    from records
    inner join looked_after_episodes as care
        on records.child_key = care.child_key
        and records.first_day <= care.start_date
    where care.end_date is not null
    union all
    -- A case can close with an order for a child who was never looked after.
    select
        records.dyad_id,
        closures.category as arrangement,
        coalesce(cin_episodes.closure_date, cin_episodes.referral_date) as start_date,
    from records
    inner join cin_episodes
        on records.child_key = cin_episodes.child_key
        and records.first_day <= cin_episodes.referral_date
    inner join codelist_special_closure_reasons as closures
        on cin_episodes.closure_reason = closures.code
    where cin_episodes.closure_date is not null or cin_episodes.is_no_further_action
),

together as (
    select
        placements.dyad_id,
        placements.arrangement,
        placements.start_date,
        coalesce(transfers.taken_over_date, placements.end_date) as end_date,
    from placements
    left join transfers
        on placements.dyad_id = transfers.dyad_id
        and placements.child_key = transfers.child_key
        and placements.start_date = transfers.start_date
    union all
    -- ASSUME: an order or adoption lasts; the returns hold no end of it.
    select
        dyad_id,
        arrangement,
        start_date,
        null::date as end_date,
    from ends_of_care
)

select distinct
    together.dyad_id,
    together.arrangement,
    together.start_date,
    together.end_date,
from together
inner join codelist_custody_arrangements as arrangements
    on together.arrangement = arrangements.arrangement
order by together.dyad_id, together.start_date, together.arrangement, together.end_date
