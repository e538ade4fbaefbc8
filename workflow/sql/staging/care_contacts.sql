-- Grain: one row per care contact (contact_id).
-- Why: a contact can be sent again in a later month, with another attendance; the latest month wins. One that the
-- provider cancelled, or that was still to come, was not offered.
with

ranked as (
    -- Of rows sent together, what they say decides and not where they stand: the latest end, then the later code.
    select
        *,
        row_number() over (
            partition by contact_id
            order by
                month_id desc,
                contact_date desc nulls last,
                attendance desc nulls last,
                is_group desc nulls last,
                referral_id desc nulls last,
                team_id desc nulls last,
                person_id desc nulls last
        ) as position,
    from typed_care_contacts
    where broken_rule is null
)

select
    contact_id,
    person_id,
    referral_id,
    team_id,
    contact_date,
    attendance = 'attended' as is_attended,
    coalesce(attendance != 'not_offered', true) as is_offered,
    is_group,
from ranked
where position = 1
order by contact_id
