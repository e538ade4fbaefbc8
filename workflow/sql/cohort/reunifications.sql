-- Grain: one row per analysed dyad whose infant was apart from the mother at T2 or came to be by the end of follow-up
-- (dyad_id).
-- Why: whether and when the infant came home again. Time runs from T2 or from the later day of the loss; what settles
-- it: a return, leaving care some other way, a permanent arrangement elsewhere, death. Whoever is permanently
-- elsewhere, or dead, by that day is not at risk.
with

losses as (
    select
        outcomes.dyad_id,
        custody_losses.permanence_date,
        custody_losses.end_date as return_date,
        custody_losses.how_ended,
        follow_up.death_date,
        follow_up.last_day,
        greatest(follow_up.t2_date, custody_losses.start_date)::date as from_date,
        outcomes.is_custody_lost_by_t2,
    from outcomes
    inner join follow_up
        on outcomes.dyad_id = follow_up.dyad_id
    inner join custody_losses
        on outcomes.dyad_id = custody_losses.dyad_id
    where
        (
            outcomes.is_custody_lost_by_t2
            and custody_losses.start_date <= follow_up.t2_date
            and coalesce(custody_losses.end_date > follow_up.t2_date, true)
        )
        or (outcomes.o4_event = 'custody_loss' and custody_losses.start_date = follow_up.loss_date)
),

at_risk as (
    select
        *,
        coalesce(permanence_date > from_date, true)
        and coalesce(death_date > from_date, true)
        and last_day > from_date as is_at_risk,
        least(return_date, permanence_date, death_date, last_day)::date as settled_date,
    from losses
)

select
    dyad_id,
    from_date,
    case when is_custody_lost_by_t2 then 't2' else 'custody_loss' end as time_zero,
    is_at_risk,
    case when is_at_risk then date_diff('day', from_date, settled_date) end as return_days,
    case
        when not is_at_risk then null
        when return_date = settled_date and how_ended = 'left_care_otherwise' then 'left_care_otherwise'
        when return_date = settled_date then 'returned'
        when permanence_date = settled_date then 'permanently_elsewhere'
        when death_date = settled_date then 'death'
        else 'censored'
    end as return_event,
    case when is_at_risk and return_date = settled_date then how_ended end as how_returned,
from at_risk
order by dyad_id
