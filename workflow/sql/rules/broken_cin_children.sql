-- Grain: one row per rule and child of a CIN census file that breaks it.
-- Why: identity, dates and codes of the children; rules.csv says in words what each rule means.
with

referrals as (
    select
        source_file,
        source_row,
        min(referral_date) as first_referral_date,
        max(referral_date) as last_referral_date,
        bool_or(not is_no_further_action) as has_action,
    from typed_cin_episodes
    group by source_file, source_row
),

unheld as (
    -- A record does not break a rule by lacking what its route never holds.
    select
        route,
        field,
    from codelist_unheld_fields
    where raw_table = 'cin_census_children'
),

places as (
    select
        la_code,
        country,
        route in (
            select lists.route,
            from unheld as lists
            where lists.field = 'upn'
        ) as is_upn_unheld,
    from authorities
),

repeated_keys as (
    -- Numbers in place of texts, and no window: of millions of children hardly one comes twice.
    select hash(source_file, la_child_id) as key_hash,
    from typed_cin_children
    group by key_hash
    having count(*) > 1
),

repeated_ids as (
    select
        children.source_file,
        children.la_child_id,
    from typed_cin_children as children
    semi join repeated_keys
        on hash(children.source_file, children.la_child_id) = repeated_keys.key_hash
    group by children.source_file, children.la_child_id
    having count(*) > 1
),

repeated_upns as (
    select
        source_file,
        upn,
    from typed_cin_children
    where upn is not null
    group by source_file, upn
    having count(*) > 1
),

checked as (
    select
        children.*,
        places.country,
        places.is_upn_unheld,
        referrals.first_referral_date,
        referrals.last_referral_date,
        referrals.has_action,
        sexes.code is null as is_sex_unlisted,
        ethnicities.code is null as is_ethnicity_unlisted,
        referrals.source_file is null as has_no_referral,
        children.birth_date is null and children.mended_rule is null as is_unborn,
        coalesce(children.birth_date, children.expected_birth_date) as due_date,
        -- 280 days are 40 weeks.
        coalesce(children.birth_date, children.expected_birth_date) - 280 as conception_date,
        repeated_ids.source_file is not null as is_id_repeated,
        repeated_upns.source_file is not null as is_upn_repeated,
    from typed_cin_children as children
    left join places
        on children.la_code = places.la_code
    left join referrals
        on children.source_file = referrals.source_file
        and children.source_row = referrals.source_row
    left join repeated_ids
        on children.source_file = repeated_ids.source_file
        and children.la_child_id = repeated_ids.la_child_id
    left join repeated_upns
        on children.source_file = repeated_upns.source_file
        and children.upn = repeated_upns.upn
    left join codelist_cin_census_codes as sexes
        on children.sex_code = sexes.code
        and sexes.field = 'sex'
        and is_of_year(children.census_year, sexes.first_year, sexes.last_year)
    left join codelist_cin_census_codes as ethnicities
        on children.ethnicity = ethnicities.code
        and ethnicities.field = 'ethnicity'
),

told as (
    select
        country,
        census_year as return_year,
        source_file,
        source_row,
        child_key(la_code, la_child_id) as record,
        concat_ws(
            ' ',
            broken_rule,
            case when broken_rule is null then mended_rule end,
            case when broken_rule is null and country is null then 'authority_unknown' end,
            case when is_whole_upn(upn) and left(upn, 1) != upn_check_letter(upn) then 'dfe_1510' end,
            case when is_upn_repeated then 'dfe_1520' end,
            case when not regexp_full_match(substr(upn, 5, 8), '\d{8}') then 'dfe_1540' end,
            case when not regexp_full_match(substr(upn, 13), '[0-9A-HJ-NP-RT-Z]') then 'dfe_1550' end,
            case when length(la_child_id) > 20 then 'dfe_1570' end,
            case when not regexp_full_match(la_child_id, '[A-Za-z0-9]*') then 'dfe_1580' end,
            case when is_sex_unlisted then 'dfe_4180' end,
            case when is_ethnicity_unlisted or is_ethnicity_rewritten then 'dfe_4220' end,
            case when is_id_repeated then 'dfe_8510' end,
            case when birth_date > year_end(census_year) then 'dfe_8520' end,
            case when is_unborn = (expected_birth_date is null) then 'dfe_8525Q' end,
            case
                when
                    is_unborn
                    and expected_birth_date not between make_date(census_year, 3, 1) and make_date(census_year, 12, 31)
                    then 'dfe_8530Q'
            end,
            case when death_date < birth_date then 'dfe_8535Q' end,
            case
                when death_date not between year_start(census_year) and year_end(census_year) then 'dfe_8545Q'
            end,
            case when last_referral_date > death_date then 'dfe_8555Q' end,
            case when has_no_referral then 'dfe_8590' end,
            case when first_referral_date < conception_date then 'dfe_8606' end,
            case
                when is_unborn and sex_code is distinct from if(census_year < 2025, '0', 'U') then 'dfe_8750'
            end,
            case when upn_unknown = 'UN7' and has_action then 'dfe_8772' end,
            case when birth_date < make_date(census_year - 26, 3, 31) then 'dfe_8775Q' end,
            case
                when is_upn_unheld is not true and (upn is null) = (upn_unknown is null) then 'one_of_upn_and_reason'
            end
        ) as rules,
    from checked
)

select
    'cin_children' as source,
    unnest(string_split(rules, ' ')) as rule,
    country,
    return_year,
    source_file,
    source_row,
    record,
from told
where rules != ''
