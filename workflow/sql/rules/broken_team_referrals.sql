-- Grain: one row per rule and team's part in a referral that breaks it.
-- Why: crisis teams are known by their type, so a team without one is lost to the study.
with

told as (
    select
        return_year_of_month(month_id) as return_year,
        source_file,
        source_row,
        concat_ws(
            ' ',
            broken_rule,
            case when broken_rule is null then mended_rule end,
            case when team_type is null and broken_rule is null then 'team_type_missing' end
        ) as rules,
    from typed_team_referrals
)

select
    'team_referrals' as source,
    unnest(string_split(rules, ' ')) as rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rules != ''
