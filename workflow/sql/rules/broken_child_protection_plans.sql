-- Grain: one row per rule and child protection plan of a CIN census file that breaks it.
-- Why: the plan is an outcome (O3), so whatever speaks against its dates is told.
with

unheld as (
    -- A record does not break a rule by lacking what its route never holds.
    select
        route,
        field,
    from codelist_unheld_fields
    where raw_table = 'cin_census_protection_plans'
),

places as (
    select
        la_code,
        country,
        route in (
            select lists.route,
            from unheld as lists
            where lists.field = 'initialcategoryofabuse'
        ) as is_initial_category_unheld,
        route in (
            select lists.route,
            from unheld as lists
            where lists.field = 'latestcategoryofabuse'
        ) as is_latest_category_unheld,
        route in (
            select lists.route,
            from unheld as lists
            where lists.field = 'numberofpreviouscpp'
        ) as is_number_unheld,
    from authorities
),

cases as (
    select
        source_file,
        source_row,
        referral_date,
        min(returned_closure_date) as closure_date,
        bool_or(is_no_further_action) as is_no_further_action,
    from typed_cin_episodes
    where returned_closure_date is not null or is_no_further_action
    group by source_file, source_row, referral_date
),

conferences as (
    -- A conference is told in the case or in the enquiry that led to it (rule 2884: in one of the two).
    select
        source_file,
        source_row,
        referral_date,
        initial_conference_date,
    from typed_cin_episodes
    where initial_conference_date is not null
    union
    select
        source_file,
        source_row,
        referral_date,
        initial_conference_date,
    from typed_section_47_enquiries
    where initial_conference_date is not null
),

spans as (
    -- A plan that ends before it starts, or in a year like 1800, spans no day: it overlaps none and is not open.
    select
        *,
        broken_rule is null and mended_rule is null as is_span,
    from typed_child_protection_plans
),

concurrent as (
    select distinct
        plans.source_file,
        plans.source_row,
        plans.start_date,
    from spans as plans
    inner join typed_child_in_need_plans as needs
        on plans.source_file = needs.source_file
        and plans.source_row = needs.source_row
        and plans.start_date < coalesce(needs.end_date, date '9999-12-31')
        and needs.start_date < coalesce(plans.end_date, date '9999-12-31')
    where plans.mended_rule is null
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
        places.country,
        places.is_number_unheld,
        deaths.death_date,
        cases.closure_date,
        cases.is_no_further_action,
        conferences.initial_conference_date is null as has_no_conference_that_day,
        concurrent.start_date is not null as is_concurrent,
        places.is_initial_category_unheld is not true
        and (initial_categories.code is null or plans.is_initial_category_rewritten) as is_initial_category_unlisted,
        places.is_latest_category_unheld is not true
        and (latest_categories.code is null or plans.is_latest_category_rewritten) as is_latest_category_unlisted,
        max(case when plans.is_span then coalesce(plans.end_date, date '9999-12-31') end) over (
            partition by plans.source_file, plans.source_row
            order by plans.start_date, plans.end_date
            rows between unbounded preceding and 1 preceding
        ) as ended_before_date,
        count(*) filter (where plans.is_span and plans.end_date is null)
            over (partition by plans.source_file, plans.source_row) as n_open,
    from spans as plans
    left join places
        on plans.la_code = places.la_code
    left join deaths
        on plans.source_file = deaths.source_file
        and plans.source_row = deaths.source_row
    left join cases
        on plans.source_file = cases.source_file
        and plans.source_row = cases.source_row
        and plans.referral_date = cases.referral_date
    left join conferences
        on plans.source_file = conferences.source_file
        and plans.source_row = conferences.source_row
        and plans.referral_date = conferences.referral_date
        and plans.start_date = conferences.initial_conference_date
    left join concurrent
        on plans.source_file = concurrent.source_file
        and plans.source_row = concurrent.source_row
        and plans.start_date = concurrent.start_date
    left join codelist_cin_census_codes as initial_categories
        on plans.initial_category = initial_categories.code
        and initial_categories.field = 'abuse_category'
    left join codelist_cin_census_codes as latest_categories
        on plans.latest_category = latest_categories.code
        and latest_categories.field = 'abuse_category'
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
            case when broken_rule is null then mended_rule end,
            case when start_date < referral_date then 'dfe_1105' end,
            -- A conference is returned in its own year alone (rule 8715), so the plan is held against it in that year.
            case
                when start_date >= year_start(census_year) and has_no_conference_that_day then 'dfe_2885'
            end,
            case when is_concurrent then 'dfe_4001' end,
            case when start_date > closure_date or end_date > closure_date then 'dfe_8565' end,
            case when start_date > year_end(census_year) then 'dfe_8720' end,
            case when is_number_unheld is not true and n_previous_plans is null then 'dfe_8730' end,
            case when is_no_further_action then 'dfe_8832' end,
            case when start_date = end_date then 'dfe_8840' end,
            case when is_initial_category_unlisted then 'dfe_8905' end,
            case when is_latest_category_unlisted then 'dfe_8910' end,
            case when start_date > death_date then 'dfe_8915' end,
            case when end_date > death_date then 'dfe_8920' end,
            case
                when end_date not between year_start(census_year) and year_end(census_year) then 'dfe_8930'
            end,
            case when is_span and end_date is null and n_open > 1 then 'dfe_8935' end,
            case when is_span and start_date < ended_before_date then 'dfe_8940' end
        ) as rules,
    from checked
)

select
    'child_protection_plans' as source,
    unnest(string_split(rules, ' ')) as rule,
    country,
    return_year,
    source_file,
    source_row,
    record,
from told
where rules != ''
