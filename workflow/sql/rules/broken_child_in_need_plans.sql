-- Grain: one row per rule and child-in-need plan of a CIN census file that breaks it.
-- Why: these plans tell the level "child in need", which two open plans or wrong dates would prolong.
with

idle as (
    select distinct
        source_file,
        source_row,
        referral_date,
    from typed_cin_episodes
    where is_no_further_action
),

deaths as (
    select
        source_file,
        source_row,
        death_date,
    from typed_cin_children
    where death_date is not null
),

checked as (
    select
        plans.*,
        authorities.country,
        deaths.death_date,
        idle.source_file is not null as is_no_further_action,
        max(coalesce(plans.end_date, date '9999-12-31')) over (
            partition by plans.source_file, plans.source_row
            order by plans.start_date, plans.end_date
            rows between unbounded preceding and 1 preceding
        ) as ended_before_date,
        count(*) filter (where plans.end_date is null)
            over (partition by plans.source_file, plans.source_row) as n_open,
    from typed_child_in_need_plans as plans
    left join authorities
        on plans.la_code = authorities.la_code
    left join deaths
        on plans.source_file = deaths.source_file
        and plans.source_row = deaths.source_row
    left join idle
        on plans.source_file = idle.source_file
        and plans.source_row = idle.source_row
        and plans.referral_date = idle.referral_date
),

told as (
    select
        country,
        census_year as return_year,
        source_file,
        source_row,
        child_key(la_code, la_child_id) || ':' || start_date as record,
        concat_ws(
            ' ',
            broken_rule,
            case when is_no_further_action then 'dfe_4000' end,
            case when end_date is null and n_open > 1 then 'dfe_4004' end,
            case when start_date > death_date then 'dfe_4008' end,
            case when end_date > death_date then 'dfe_4009Q' end,
            case when start_date > year_end(census_year) then 'dfe_4010' end,
            case when start_date = end_date then 'dfe_4012Q' end,
            case
                when end_date not between year_start(census_year) and year_end(census_year) then 'dfe_4013'
            end,
            case when start_date < ended_before_date then 'dfe_4014' end,
            case when start_date < referral_date then 'dfe_4015' end
        ) as rules,
    from checked
)

select
    'child_in_need_plans' as source,
    unnest(string_split(rules, ' ')) as rule,
    country,
    return_year,
    source_file,
    source_row,
    record,
from told
where rules != ''
