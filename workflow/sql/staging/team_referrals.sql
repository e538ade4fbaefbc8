-- Grain: one row per referral and team (referral_id, team_id).
-- Why: a referral is sent again each month it is open; the latest month wins.
with

ranked as (
    -- Of rows sent together, what they say decides and not where they stand: the latest end, then the later code.
    select
        *,
        row_number() over (
            partition by referral_id, team_id
            order by
                month_id desc,
                end_date desc nulls last,
                start_date desc nulls last,
                team_type desc nulls last,
                person_id desc nulls last
        ) as position,
    from typed_team_referrals
    where broken_rule is null
)

select
    person_id,
    referral_id,
    team_id,
    team_type,
    month_id,
    start_date,
    end_date,
from ranked
where position = 1
order by referral_id, team_id
