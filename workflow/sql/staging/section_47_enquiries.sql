-- Grain: one row per section 47 enquiry (child_key, referral_date, start_date).
-- Why: the same enquiry comes again in each census year it is open; the latest census wins.
with

ranked as (
    -- Of rows sent together, what they say decides and not where they stand: the latest end, then the later code.
    select
        *,
        row_number() over (
            partition by la_code, la_child_id, referral_date, start_date
            order by
                census_year desc,
                source_file desc,
                initial_conference_date desc nulls last
        ) as position,
    from typed_section_47_enquiries
    where broken_rule is null
)

select
    child_key(la_code, la_child_id) as child_key,
    referral_date,
    start_date,
    initial_conference_date,
from ranked
where position = 1
order by child_key, referral_date, start_date
