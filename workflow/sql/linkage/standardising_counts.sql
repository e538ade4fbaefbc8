-- Grain: one row per rule of standardising (rule), for one side.
-- Why: what standardising changed or set aside is told, rule by rule (STANDARDS 5.6); a rule that met nobody says 0.
with

forenames as (
    select
        sum(n) filter (where forename != first_forename) as forename_rewritten,
        sum(n) filter (where trim(forename) like '% %') as forename_further_ones_set_aside,
        sum(n) filter (where is_placeholder) as forename_placeholder,
        sum(n) filter (where has_nickname) as forename_of_a_nickname_group,
    from forename_forms
),

surnames as (
    select
        sum(n) filter (where surname != clean_surname) as surname_rewritten,
        sum(n) filter (where surname_first is not null) as surname_compound,
        sum(n) filter (where is_placeholder) as surname_placeholder,
    from surname_forms
),

birth_dates as (
    select
        sum(n) filter (where first_day is null) as birth_date_default_or_unreadable,
        sum(n) filter (where last_day != first_day) as birth_date_interval,
        sum(n) filter (where month(first_day) = 1 and day(first_day) = 1) as birth_date_1_january,
    from birth_date_forms
),

postcodes as (
    select
        sum(n) filter (where postcode != plain_form) as postcode_rewritten,
        sum(n) filter (where is_pseudo) as postcode_pseudo,
    from postcode_forms
),

numbers as (
    select
        ten_digits(nhs_number) as digits,
        valid_nhs_number(ten_digits(nhs_number)) as valid,
    from raw_persons
    where nullif(trim(nhs_number), '') is not null
),

nhs_numbers as (
    select
        count_if(digits is null) as nhs_number_not_ten_digits,
        count_if(digits = reverse(digits)) as nhs_number_equal_digits_or_sentinel,
        count_if(digits != reverse(digits) and valid is null) as nhs_number_wrong_check_digit,
        count_if(starts_with(valid, '999')) as nhs_number_of_test_range,
    from numbers
),

others as (
    select
        count(*) as records,
        count_if(trim(sex) != '' and clean_code(sex) not in (select sexes.code, from codelist_sexes as sexes))
            as sex_no_code,
        count_if(trim(mother_nhs_number) != '' and clean_nhs_number(mother_nhs_number) is null)
            as mother_nhs_number_invalid,
    from raw_persons
),

joined as (
    from forenames, surnames, birth_dates, postcodes, nhs_numbers, others
),

counted as (
    select coalesce(columns(*), 0)::bigint,
    from joined
)

unpivot counted
on columns(*)
into
name rule
value n
