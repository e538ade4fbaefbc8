-- Grain: one row per child known to an authority (child_key).
-- Why: the same child comes in each return; an unborn child gets the real birth date later. Of dates the
-- latest wins; of sex and ethnicity the value returned most often, and of two as often returned the latest.
with

seen as (
    select
        child_key(la_code, la_child_id) as child_key,
        la_code,
        census_year as return_year,
        birth_date,
        latest_birth_date,
        expected_birth_date,
        sex_code,
        ethnicity,
        death_date,
    from typed_cin_children
    where broken_rule is null
    union all
    select
        child_key(la_code, la_child_id) as child_key,
        la_code,
        return_year,
        birth_date,
        latest_birth_date,
        null::date as expected_birth_date,
        sex_code,
        ethnicity,
        null::date as death_date,
    from typed_looked_after_children
    where broken_rule is null
),

votes_on_sex as (
    select
        seen.child_key,
        sexes.sex,
        count(*) as n_returns,
        max(seen.return_year) as latest_return,
    from seen
    inner join codelist_sexes as sexes
        on seen.sex_code = sexes.code
    group by seen.child_key, sexes.sex
),

votes_on_ethnicity as (
    select
        child_key,
        ethnicity,
        count(*) as n_returns,
        max(return_year) as latest_return,
    from seen
    where ethnicity is not null
    group by child_key, ethnicity
),

sexes_held as (
    select
        child_key,
        arg_max(sex, (n_returns, latest_return, sex)) as sex,
    from votes_on_sex
    group by child_key
),

ethnicities_held as (
    select
        child_key,
        arg_max(ethnicity, (n_returns, latest_return, ethnicity)) as ethnicity,
    from votes_on_ethnicity
    group by child_key
)

select
    seen.child_key,
    min(seen.la_code) as la_code,
    arg_max(seen.birth_date, seen.return_year) filter (where seen.birth_date is not null) as birth_date,
    arg_max(seen.latest_birth_date, seen.return_year) filter (where seen.birth_date is not null) as latest_birth_date,
    arg_max(seen.expected_birth_date, seen.return_year) filter (where seen.expected_birth_date is not null)
        as expected_birth_date,
    any_value(sexes_held.sex) as sex,
    any_value(ethnicities_held.ethnicity) as ethnicity,
    max(seen.death_date) as death_date,
from seen
left join sexes_held
    on seen.child_key = sexes_held.child_key
left join ethnicities_held
    on seen.child_key = ethnicities_held.child_key
group by seen.child_key
order by seen.child_key
