-- Grain: one row per referral episode (child_key, referral_date).
-- Why: the same referral comes again in each census year it is open; the latest census wins.
with

ranked as (
    select
        *,
        row_number() over (
            partition by la_code, la_child_id, referral_date
            order by census_year desc, source_file desc, source_row desc
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
