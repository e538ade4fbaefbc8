-- Grain: one row per rule and child of an SSDA903 header file that breaks it.
-- Why: identity of looked-after children, within a return and against the return of the year before.
with

before as (
    -- One row for each child and return, so that a child who comes twice does not double those of the next year.
    select
        children.la_code,
        children.la_child_id,
        children.return_year + 1 as return_year,
        min(children.birth_date) as birth_date,
        min(sexes.sex) as sex,
        min(children.ethnicity) as ethnicity,
    from typed_looked_after_children as children
    left join codelist_sexes as sexes
        on children.sex_code = sexes.code
    group by children.la_code, children.la_child_id, children.return_year
),

repeated_ids as (
    select
        source_file,
        la_child_id,
    from typed_looked_after_children
    group by source_file, la_child_id
    having count(*) > 1
),

repeated_upns as (
    select
        source_file,
        upn,
    from typed_looked_after_children
    where is_whole_upn(upn)
    group by source_file, upn
    having count(*) > 1
),

checked as (
    select
        children.*,
        authorities.country,
        before.birth_date as birth_date_before,
        before.sex as sex_before,
        before.ethnicity as ethnicity_before,
        sexes.sex,
        listed_sexes.code is null as is_sex_unlisted,
        ethnicities.code is null as is_ethnicity_unlisted,
        repeated_ids.source_file is not null as is_id_repeated,
        repeated_upns.source_file is not null as is_upn_repeated,
    from typed_looked_after_children as children
    left join authorities
        on children.la_code = authorities.la_code
    left join before
        on children.la_code = before.la_code
        and children.la_child_id = before.la_child_id
        and children.return_year = before.return_year
    left join repeated_ids
        on children.source_file = repeated_ids.source_file
        and children.la_child_id = repeated_ids.la_child_id
    left join repeated_upns
        on children.source_file = repeated_upns.source_file
        and children.upn = repeated_upns.upn
    left join codelist_sexes as sexes
        on children.sex_code = sexes.code
    left join codelist_ssda903_codes as listed_sexes
        on children.sex_code = listed_sexes.code
        and authorities.country = listed_sexes.country
        and listed_sexes.field = 'sex'
        and is_of_year(children.return_year, listed_sexes.first_year, listed_sexes.last_year)
    left join codelist_ssda903_codes as ethnicities
        on children.ethnicity = ethnicities.code
        and authorities.country = ethnicities.country
        and ethnicities.field = 'ethnicity'
),

told as (
    select
        country,
        return_year,
        source_file,
        source_row,
        child_key(la_code, la_child_id) as record,
        concat_ws(
            ' ',
            broken_rule,
            case when broken_rule is null and country is null then 'authority_unknown' end,
            case when country is not null and is_sex_unlisted then 'dfe_101' end,
            case
                when country is not null and (is_ethnicity_unlisted or is_ethnicity_rewritten) then 'dfe_103'
            end,
            case when is_whole_upn(upn) and left(upn, 1) != upn_check_letter(upn) then 'dfe_168' end,
            case when sex != sex_before then 'dfe_202' end,
            case when birth_date != birth_date_before then 'dfe_203' end,
            case when ethnicity != ethnicity_before then 'dfe_204' end,
            case when birth_date > year_end(return_year) then 'dfe_301' end,
            case when age_in_years(birth_date, year_start(return_year)) > 25 then 'dfe_351' end,
            case when is_upn_repeated then 'dfe_444' end,
            case when is_id_repeated then 'dfe_INT32' end
        ) as rules,
    from checked
)

select
    'looked_after_children' as source,
    unnest(string_split(rules, ' ')) as rule,
    country,
    return_year,
    source_file,
    source_row,
    record,
from told
where rules != ''
