-- Grain: one row per child known to an authority (child_key).
-- Why: the same child comes in each return. The latest date of death wins; of sex and ethnicity the value returned most
-- often, and of two as often returned the latest. Dates of birth stay behind: no later stage needs them.
with

seen as not materialized (
    -- The code of an authority has three digits, so that it and the child's id tell the child as well as their key.
    select
        la_code,
        la_child_id,
        census_year as return_year,
        sex_code,
        ethnicity,
        death_date,
    from typed_cin_children
    where broken_rule is null
    union all
    select
        la_code,
        la_child_id,
        return_year,
        sex_code,
        ethnicity,
        null::date as death_date,
    from typed_looked_after_children
    where broken_rule is null
),

deaths as (
    -- Few die: what they alone have would be kept for all in the query below.
    select
        la_code,
        la_child_id,
        max(death_date) as death_date,
    from seen
    where death_date is not null
    group by la_code, la_child_id
),

held as (
    -- Both codes in one text, parted by the blank that no code has.
    select
        la_code,
        la_child_id,
        min(coalesce(sex_code, '') || ' ' || coalesce(ethnicity, '')) as codes,
        max(coalesce(sex_code, '') || ' ' || coalesce(ethnicity, '')) as other_codes,
    from seen
    group by la_code, la_child_id
),

voted_on as (
    -- Hardly a child is returned with two codes: to count all children's votes would be most of the work.
    select
        seen.la_code,
        seen.la_child_id,
        seen.return_year,
        sexes.sex,
        seen.ethnicity,
    from seen
    semi join held
        on seen.la_code = held.la_code
        and seen.la_child_id = held.la_child_id
        and held.codes != held.other_codes
    left join codelist_sexes as sexes
        on seen.sex_code = sexes.code
),

votes_on_sex as (
    select
        la_code,
        la_child_id,
        sex,
        count(*) as n_returns,
        max(return_year) as latest_return,
    from voted_on
    where sex is not null
    group by la_code, la_child_id, sex
),

votes_on_ethnicity as (
    select
        la_code,
        la_child_id,
        ethnicity,
        count(*) as n_returns,
        max(return_year) as latest_return,
    from voted_on
    where ethnicity is not null
    group by la_code, la_child_id, ethnicity
),

sexes_voted as (
    select
        la_code,
        la_child_id,
        arg_max(sex, (n_returns, latest_return, sex)) as sex,
    from votes_on_sex
    group by la_code, la_child_id
),

ethnicities_voted as (
    select
        la_code,
        la_child_id,
        arg_max(ethnicity, (n_returns, latest_return, ethnicity)) as ethnicity,
    from votes_on_ethnicity
    group by la_code, la_child_id
)

select
    child_key(held.la_code, held.la_child_id) as child_key,
    held.la_code,
    coalesce(sexes_voted.sex, sexes.sex) as sex,
    coalesce(
        ethnicities_voted.ethnicity,
        case when held.codes = held.other_codes then nullif(split_part(held.codes, ' ', 2), '') end
    ) as ethnicity,
    deaths.death_date,
from held
left join deaths
    on held.la_code = deaths.la_code
    and held.la_child_id = deaths.la_child_id
left join sexes_voted
    on held.la_code = sexes_voted.la_code
    and held.la_child_id = sexes_voted.la_child_id
left join ethnicities_voted
    on held.la_code = ethnicities_voted.la_code
    and held.la_child_id = ethnicities_voted.la_child_id
left join codelist_sexes as sexes
    on split_part(held.codes, ' ', 1) = sexes.code
    and held.codes = held.other_codes
order by held.la_code, held.la_child_id
