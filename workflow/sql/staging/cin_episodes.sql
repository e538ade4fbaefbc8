-- Grain: one row per referral episode (child_key, referral_date).
-- Why: the same referral comes again in each census year it is open; the latest census wins.
with

ranked as (
    -- Of rows sent together, what they say decides and not where they stand: the latest end, then the later code.
    select
        *,
        row_number() over (
            partition by la_code, la_child_id, referral_date
            order by
                census_year desc,
                source_file desc,
                closure_date desc nulls last,
                closure_reason desc nulls last,
                primary_need desc nulls last,
                is_no_further_action desc nulls last
        ) as position,
    from typed_cin_episodes
    where broken_rule is null
)

select
    child_key(la_code, la_child_id) as child_key,
    referral_date,
    closure_date,
    closure_reason,
    primary_need,
    is_no_further_action,
from ranked
where position = 1
order by child_key, referral_date
