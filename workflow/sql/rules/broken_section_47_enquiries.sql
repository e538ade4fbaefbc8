-- Grain: one row per rule and section 47 enquiry of a CIN census file that breaks it.
-- Why: an enquiry lasts until its conference in this study, so both dates matter.
with

cases as (
    select
        source_file,
        source_row,
        referral_date,
        min(returned_closure_date) as closure_date,
        max(initial_conference_date) as initial_conference_date,
    from typed_cin_episodes
    where returned_closure_date is not null or initial_conference_date is not null
    group by source_file, source_row, referral_date
),

checked as (
    select
        enquiries.*,
        authorities.country,
        cases.closure_date,
        cases.initial_conference_date as conference_of_case_date,
        enquiries.initial_conference_date is null and not enquiries.is_conference_not_required as is_open,
        lag(enquiries.start_date) over of_case as before_start_date,
        lag(enquiries.initial_conference_date) over of_case as before_conference_date,
        lag(enquiries.is_conference_not_required) over of_case as is_before_without_conference,
        count(*) filter (
            where enquiries.initial_conference_date is null and not enquiries.is_conference_not_required
        ) over (partition by enquiries.source_file, enquiries.source_row, enquiries.referral_date) as n_open,
    from typed_section_47_enquiries as enquiries
    left join authorities
        on enquiries.la_code = authorities.la_code
    left join cases
        on enquiries.source_file = cases.source_file
        and enquiries.source_row = cases.source_row
        and enquiries.referral_date = cases.referral_date
    window of_case as (
        partition by enquiries.source_file, enquiries.source_row, enquiries.referral_date
        order by enquiries.start_date, enquiries.initial_conference_date
    )
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
            case when initial_conference_date < referral_date then 'dfe_1104' end,
            case
                when initial_conference_date is not null and conference_of_case_date is not null then 'dfe_2884'
            end,
            case when start_date < referral_date then 'dfe_2889' end,
            case when start_date > initial_conference_date then 'dfe_8615' end,
            case
                when initial_conference_date not between year_start(census_year) and year_end(census_year)
                    then 'dfe_8715'
            end,
            case
                when is_open and start_date not between year_start(census_year) and year_end(census_year)
                    then 'dfe_8740'
            end,
            case when is_open and n_open > 1 then 'dfe_8839' end,
            case when is_open and closure_date is not null then 'dfe_8868' end,
            case
                when
                    before_start_date is not null
                    and not is_before_without_conference
                    and (before_conference_date is null or start_date < before_conference_date)
                    then 'dfe_8890'
            end
        ) as rules,
    from checked
)

select
    'section_47_enquiries' as source,
    unnest(string_split(rules, ' ')) as rule,
    country,
    return_year,
    source_file,
    source_row,
    record,
from told
where rules != ''
