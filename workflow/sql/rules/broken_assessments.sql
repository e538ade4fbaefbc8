-- Grain: one row per rule and assessment of a CIN census file that breaks it.
-- Why: an assessment opens the first level of involvement, so its dates matter to the study.
with

cases as (
    -- One row for each case: a child that comes twice in a file would double its assessments.
    select
        source_file,
        source_row,
        referral_date,
        min(returned_closure_date) as closure_date,
    from typed_cin_episodes
    where returned_closure_date is not null
    group by source_file, source_row, referral_date
),

told as (
    select
        authorities.country,
        assessments.census_year as return_year,
        assessments.source_file,
        assessments.source_row,
        child_key(assessments.la_code, assessments.la_child_id) || ':' || assessments.start_date as record,
        concat_ws(
            ' ',
            assessments.broken_rule,
            case when assessments.start_date < assessments.referral_date then 'dfe_1103' end,
            case
                when
                    assessments.authorisation_date
                    not between year_start(assessments.census_year) and year_end(assessments.census_year)
                    then 'dfe_8696'
            end,
            case
                when
                    assessments.authorisation_date is null
                    and assessments.start_date
                    not between year_start(assessments.census_year) and year_end(assessments.census_year)
                    then 'dfe_8736'
            end,
            case
                when assessments.authorisation_date is null and cases.closure_date is not null then 'dfe_8867'
            end
        ) as rules,
    from typed_assessments as assessments
    left join authorities
        on assessments.la_code = authorities.la_code
    left join cases
        on assessments.source_file = cases.source_file
        and assessments.source_row = cases.source_row
        and assessments.referral_date = cases.referral_date
)

select
    'assessments' as source,
    unnest(string_split(rules, ' ')) as rule,
    country,
    return_year,
    source_file,
    source_row,
    record,
from told
where rules != ''
