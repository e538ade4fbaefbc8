-- Grain: one row per rule and referral episode of a CIN census file that breaks it.
-- Why: dates and codes of cases, and what must not stand inside a case of that kind.
with

idle as (
    select distinct
        source_file,
        source_row,
        referral_date,
    from typed_cin_episodes
    where is_no_further_action
),

activities as (
    select
        source_file,
        source_row,
        referral_date,
    from typed_assessments
    union all
    select
        source_file,
        source_row,
        referral_date,
    from typed_section_47_enquiries
    union all
    select
        source_file,
        source_row,
        referral_date,
    from typed_child_in_need_plans
    union all
    select
        source_file,
        source_row,
        referral_date,
    from typed_child_protection_plans
),

active as (
    -- Cases of no further action in which something was done all the same.
    select distinct
        idle.source_file,
        idle.source_row,
        idle.referral_date,
    from idle
    inner join activities
        on idle.source_file = activities.source_file
        and idle.source_row = activities.source_row
        and idle.referral_date = activities.referral_date
),

deaths as (
    select
        source_file,
        source_row,
        death_date,
    from typed_cin_children
    where death_date is not null
),

several as (
    -- Cases are held against each other where a child has several, which is seldom: a window over all is far dearer.
    select
        source_file,
        source_row,
    from typed_cin_episodes
    group by source_file, source_row
    having count(*) > 1
),

ranked as (
    select
        typed_cin_episodes.*,
        null::date as closed_before_date,
        typed_cin_episodes.referral_date as last_referral_date,
        1 as n_open,
    from typed_cin_episodes
    anti join several
        on typed_cin_episodes.source_file = several.source_file
        and typed_cin_episodes.source_row = several.source_row
    union all
    select
        cases.*,
        max(cases.returned_closure_date) over before_it as closed_before_date,
        last(cases.referral_date) over of_child as last_referral_date,
        count(*) filter (where cases.returned_closure_date is null and not cases.is_no_further_action)
            over of_child as n_open,
    from typed_cin_episodes as cases
    semi join several
        on cases.source_file = several.source_file
        and cases.source_row = several.source_row
    window
        of_child as (
            partition by cases.source_file, cases.source_row
            order by cases.referral_date, cases.returned_closure_date
            rows between unbounded preceding and unbounded following
        ),
        before_it as (
            partition by cases.source_file, cases.source_row
            order by cases.referral_date, cases.returned_closure_date
            rows between unbounded preceding and 1 preceding
        )
),

checked as (
    select
        ranked.*,
        authorities.country,
        deaths.death_date,
        active.source_file is not null or ranked.initial_conference_date is not null as has_activity,
        ranked.returned_closure_date is null and not ranked.is_no_further_action as is_open,
        closure_reasons.code is null as is_closure_reason_unlisted,
        needs.code is null as is_need_unlisted,
        referral_sources.code is null as is_referral_source_unlisted,
    from ranked
    left join authorities
        on ranked.la_code = authorities.la_code
    left join deaths
        on ranked.source_file = deaths.source_file
        and ranked.source_row = deaths.source_row
    left join active
        on ranked.source_file = active.source_file
        and ranked.source_row = active.source_row
        and ranked.referral_date = active.referral_date
    left join codelist_cin_census_codes as closure_reasons
        on ranked.closure_reason = closure_reasons.code
        and closure_reasons.field = 'closure_reason'
        and is_of_year(ranked.census_year, closure_reasons.first_year, closure_reasons.last_year)
    left join codelist_cin_census_codes as needs
        on ranked.primary_need = needs.code
        and needs.field = 'primary_need'
    left join codelist_cin_census_codes as referral_sources
        on ranked.referral_source = referral_sources.code
        and referral_sources.field = 'referral_source'
        and is_of_year(ranked.census_year, referral_sources.first_year, referral_sources.last_year)
),

told as (
    select
        country,
        census_year as return_year,
        source_file,
        source_row,
        child_key(la_code, la_child_id) || ':' || referral_date as record,
        concat_ws(
            ' ',
            broken_rule,
            case when broken_rule is null then mended_rule end,
            case when is_action_flag_rewritten then 'dfe_8568' end,
            case when closure_reason = 'RC2' and death_date is null then 'dfe_8585Q' end,
            case when referral_date > year_end(census_year) then 'dfe_8600' end,
            case
                when primary_need is null and not is_primary_need_rewritten and not is_no_further_action
                    then 'dfe_8610'
            end,
            case
                when returned_closure_date not between year_start(census_year) and year_end(census_year)
                    then 'dfe_8620'
            end,
            case
                when is_closure_reason_rewritten or (closure_reason is not null and is_closure_reason_unlisted)
                    then 'dfe_8640'
            end,
            case
                when is_primary_need_rewritten or (primary_need is not null and is_need_unlisted) then 'dfe_8650'
            end,
            case
                when
                    returned_closure_date is not null and closure_reason is null and not is_closure_reason_rewritten
                    then 'dfe_8805'
            end,
            case when returned_closure_date is null and closure_reason is not null then 'dfe_8810' end,
            case when is_open and n_open > 1 then 'dfe_8815' end,
            case when is_open and referral_date < last_referral_date then 'dfe_8816' end,
            case when referral_date < closed_before_date then 'dfe_8820' end,
            case when is_no_further_action and has_activity then 'dfe_8831' end,
            case when is_referral_source_rewritten or is_referral_source_unlisted then 'dfe_8866' end
        ) as rules,
    from checked
)

select
    'cin_episodes' as source,
    unnest(string_split(rules, ' ')) as rule,
    country,
    return_year,
    source_file,
    source_row,
    record,
from told
where rules != ''
