-- Grain: one row per hospital provider spell (spell_id).
-- Why: a spell is sent again each month it is open, sometimes with another discharge date; the latest month wins.
with

ranked as (
    -- Of rows sent together, what they say decides and not where they stand: the latest end, then the later code.
    select
        *,
        row_number() over (
            partition by spell_id
            order by
                month_id desc,
                end_date desc nulls last,
                start_date desc nulls last,
                person_id desc nulls last
        ) as position,
    from typed_hospital_spells
    where broken_rule is null
)

select
    spell_id,
    person_id,
    start_date,
    end_date,
from ranked
where position = 1
order by spell_id
