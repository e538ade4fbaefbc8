-- Grain: one row per ward stay (ward_stay_id).
-- Why: a stay is sent again each month it is open; the latest month wins.
with

ranked as (
    -- Of rows sent together, what they say decides and not where they stand: the latest end, then the later code.
    select
        *,
        row_number() over (
            partition by ward_stay_id
            order by
                month_id desc,
                end_date desc nulls last,
                start_date desc nulls last,
                bed_class desc nulls last,
                spell_id desc nulls last
        ) as position,
    from typed_ward_stays
    where broken_rule is null
)

select
    ward_stay_id,
    spell_id,
    month_id,
    start_date,
    end_date,
    bed_class,
from ranked
where position = 1
order by ward_stay_id
