-- Small helpers that several queries share. Each is one idea, and is loaded before any query.

-- A date that carries information: systems write some dates for "unknown" (STANDARDS 5.6).
create or replace macro real_date(day) as
case
    when day in (date '1582-10-15', date '1800-01-01', date '1801-01-01', date '1900-01-01') then null
    else day
end;

-- A date written year first; anything after the day (a time) is left out. Null when unreadable.
create or replace macro iso_date(txt) as
real_date(try_strptime(left(trim(txt), 10), '%Y-%m-%d')::date);

-- A date written day first, as in the SSDA903. Null when unreadable.
create or replace macro uk_date(txt) as
real_date(try_strptime(trim(txt), '%d/%m/%Y')::date);

-- A date that may be written either way, written year first; what cannot be read stays, for the rules to count.
create or replace macro year_first(txt) as
coalesce(strftime(try_strptime(trim(txt), '%d/%m/%Y'), '%Y-%m-%d'), txt);

-- The last day that a date can be: one known by month, week or age alone is written first/last (ISO 8601), and
-- `iso_date` reads the first of the two. A full date is both.
create or replace macro latest_date(txt) as
iso_date(split_part(txt, '/', -1));

-- Such an interval as text; null when either day is.
create or replace macro date_interval(first_day, final_day) as
first_day::varchar || '/' || final_day::varchar;

create or replace macro month_interval(year_number, month_number) as
date_interval(
    make_date(year_number, month_number, 1), (make_date(year_number, month_number, 1) + to_months(1) - to_days(1))::date
);

-- A date or an interval written day first, as the SSDA903 has it; what cannot be read stays as it is.
create or replace macro day_first(txt) as
coalesce(
    strftime(iso_date(txt), '%d/%m/%Y')
    || case when contains(txt, '/') then '/' || strftime(latest_date(txt), '%d/%m/%Y') else '' end,
    txt
);

-- The first and the last day of birth of somebody of so many completed years on a day.
create or replace macro earliest_birth(age_years, day) as
(day - to_years(age_years + 1) + to_days(1))::date;

create or replace macro latest_birth(age_years, day) as
(day - to_years(age_years))::date;

-- The return year of a Welsh year code: 202021 is the year to 31 March 2021.
create or replace macro year_of_code(year_code) as
try_cast(left(trim(year_code), 4) as integer) + 1;

-- Text that is there and is no date at all. A placeholder date is readable, and says that the date is not known.
create or replace macro is_unreadable_iso(txt) as
trim(txt) != '' and try_strptime(left(trim(txt), 10), '%Y-%m-%d') is null;

create or replace macro is_unreadable_uk(txt) as
trim(txt) != '' and try_strptime(trim(txt), '%d/%m/%Y') is null;

-- A code as the lists write it: upper case, no blanks; null when empty or a known mark for "no code".
create or replace macro clean_code(txt) as
nullif(nullif(nullif(upper(replace(txt, ' ', '')), ''), 'NA'), '&');

-- Whether a code had to be rewritten to be read: it stands otherwise than the lists write it.
create or replace macro is_rewritten(txt) as
txt is not null and txt is distinct from clean_code(txt);

-- A yes/no that returns write as 0, 1, true, false, Y or N.
create or replace macro yes_no(txt) as
case
    when lower(trim(txt)) in ('1', 'true', 'y') then true
    when lower(trim(txt)) in ('0', 'false', 'n') then false
end;

-- An ICD-10 code without dot, dash or padding: F53.1 and F531 are the same code.
create or replace macro icd10(txt) as
nullif(regexp_replace(upper(txt), '[^A-Z0-9]', '', 'g'), '');

-- The key of a child: an id means nothing outside the authority that gave it.
create or replace macro child_key(la_code, la_child_id) as
la_code || ':' || la_child_id;

-- Whether two values are the same, also where both are missing.
create or replace macro same(one, other) as
one is not distinct from other;

-- The days of a return year: return year 2024 is April 2023 to March 2024.
create or replace macro year_start(return_year) as
make_date(return_year - 1, 4, 1);

create or replace macro year_end(return_year) as
make_date(return_year, 3, 31);

-- The return year in which a day lies.
create or replace macro return_year_of(day) as
year(day) + (month(day) > 3)::integer;

-- Whether a code of a list is one of that return year; limits that are not given do not bind.
create or replace macro is_of_year(return_year, first_year, last_year) as
return_year >= coalesce(first_year::integer, return_year) and return_year <= coalesce(last_year::integer, return_year);

-- Completed years of age on a day; the day before an anniversary is still the year below.
create or replace macro age_in_years(birth_date, day) as
date_part('year', age(day, birth_date));

-- A pupil number whose check letter can be worked out: a letter and twelve digits.
create or replace macro is_whole_upn(upn) as
regexp_full_match(upn, '[A-Z]\d{12}');

-- The check letter of a pupil number: its twelve digits weighted 2 to 13, modulo 23 (STANDARDS 5.2).
create or replace macro upn_check_letter(upn) as
substr(
    'ABCDEFGHJKLMNPQRTUVWXYZ',
    (list_sum([try_cast(upn[i] as integer) * i for i in range(2, 14)]) % 23 + 1)::integer,
    1
);

-- The month number of NHS submissions: 1 is April 1900, so April 2019 is 1429.
create or replace macro month_number(day) as
(year(day) - 1900) * 12 + month(day) - 3;

-- How far such a month lies from a day, to choose the nearest: months up to the day's come before those after it.
create or replace macro month_distance(month_id, day) as
row(month_id > month_number(day), abs(month_id - month_number(day)));

-- The first day of such a month, and the last.
create or replace macro month_start(month_id) as
(date '1900-04-01' + to_months(month_id - 1))::date;

create or replace macro month_end(month_id) as
last_day(month_start(month_id));

-- The return year in which such a month lies: month 1 is April 1900, of the year that ends in March 1901.
create or replace macro return_year_of_month(month_id) as
1901 + (month_id - 1) // 12;

-- Letters that carry no accent to take off, written as English writes them.
create or replace macro plain_letters(txt) as
replace(replace(replace(replace(translate(upper(txt), 'ŁØĐÐ', 'LODD'), 'Æ', 'AE'), 'Œ', 'OE'), 'ẞ', 'SS'), 'Þ', 'TH');

-- A name for comparison: upper case, no accents, letters only.
create or replace macro clean_name(txt) as
nullif(regexp_replace(strip_accents(plain_letters(txt)), '[^A-Z]', '', 'g'), '');

-- The first of several given names.
create or replace macro first_name(txt) as
clean_name(regexp_extract(trim(txt), '^[^\s]+'));

-- A postcode without its blank.
create or replace macro plain_postcode(txt) as
nullif(regexp_replace(upper(txt), '[^A-Z0-9]', '', 'g'), '');

-- Whether a postcode stands for no address: ZZ99 (no fixed abode, unknown, abroad), and what local systems write.
create or replace macro is_pseudo_postcode(txt) as
starts_with(plain_postcode(txt), 'ZZ') or plain_postcode(txt) in ('NF11NF', 'XX11XX', 'XX999XX', 'AA11AA', 'AA999AA');

-- A postcode without its blank; a pseudo postcode is no address.
create or replace macro clean_postcode(txt) as
case when not is_pseudo_postcode(txt) then plain_postcode(txt) end;

-- The outward part of a cleaned postcode: all but the last three characters.
create or replace macro postcode_district(postcode) as
nullif(left(postcode, greatest(length(postcode) - 3, 0)), '');

-- The letters that a cleaned postcode begins with.
create or replace macro postcode_area(postcode) as
nullif(left(postcode, case when substring(postcode, 2, 1) between 'A' and 'Z' then 2 else 1 end), '');

-- The remainder that an NHS number's first nine digits leave, weighted 10 to 2 (STANDARDS 5.1).
create or replace macro nhs_check_digit(number) as
11 - (
    10 * (number // 1000000000) + 9 * (number // 100000000 % 10) + 8 * (number // 10000000 % 10)
    + 7 * (number // 1000000 % 10) + 6 * (number // 100000 % 10) + 5 * (number // 10000 % 10)
    + 4 * (number // 1000 % 10) + 3 * (number // 100 % 10) + 2 * (number // 10 % 10)
) % 11;

-- An NHS number as it may stand in a file, without blanks and hyphens; null where that is not ten digits.
create or replace macro ten_digits(txt) as
case
    when regexp_full_match(translate(txt, ' -', ''), '\d{10}') then translate(txt, ' -', '')
end;

-- Of ten digits: a well-formed NHS number, with the right check digit, and not the same read backwards, as what systems
-- write for "unknown" is (0000000000, 9999999999, 1234554321). Anything else is null.
create or replace macro valid_nhs_number(digits) as
case
    when digits != reverse(digits) and nhs_check_digit(digits::bigint) % 11 = digits::bigint % 10 then digits
end;

create or replace macro clean_nhs_number(txt) as
valid_nhs_number(ten_digits(txt));

-- A given name after the first, for comparison.
create or replace macro second_name(txt) as
clean_name(regexp_extract(trim(txt), '^\S+\s+(\S+)', 1));

-- The first and the last part of a compound surname (SMITH-JONES, GARCIA LOPEZ): parts of two letters are particles
-- (DE, LA, EL) and stand for nobody. Null where the surname is not compound.
create or replace macro surname_parts(txt) as
list_filter(
    list_transform(regexp_split_to_array(trim(txt), '[\s-]+'), lambda part: clean_name(part)),
    lambda part: length(part) > 2
);

create or replace macro is_compound(txt) as
regexp_matches(trim(txt), '[\s-]');

-- A day as persons' files write it: year first, day first, or eight digits.
create or replace macro person_date(txt) as
coalesce(iso_date(txt), uk_date(txt), real_date(try_strptime(trim(txt), '%Y%m%d')::date));

-- Its last possible day, where it is an interval (first/last).
create or replace macro person_date_last(txt) as
coalesce(latest_date(txt), person_date(txt));

-- A date with day and month the other way round; null where the day is no month.
create or replace macro swapped_date(day) as
case when day(day) <= 12 then make_date(year(day), day(day), month(day)) end;

-- Whether two days agree in two of day, month and year, or are the same with day and month swapped (HES-DID).
create or replace macro is_partly_same_date(one, other) as
(year(one) = year(other))::integer + (month(one) = month(other))::integer + (day(one) = day(other))::integer >= 2
or coalesce(swapped_date(one) = other, false);

-- American Soundex of a cleaned name: its first letter and three digits; H and W part no two letters of one digit.
create or replace macro soundex_digits(name) as
translate(
    left(name, 1) || regexp_replace(substr(name, 2), '[HW]', '', 'g'),
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    '01230120022455012623010202'
);

create or replace macro once_of_three(digits, one, two, three) as
regexp_replace(
    regexp_replace(regexp_replace(digits, one || '+', one, 'g'), two || '+', two, 'g'), three || '+', three, 'g'
);

create or replace macro once_each(digits) as
once_of_three(once_of_three(digits, '1', '2', '3'), '4', '5', '6');

create or replace macro soundex(name) as
left(left(name, 1) || replace(substr(once_each(soundex_digits(name)), 2), '0', '') || '000', 4);

-- The first day of the Children Act 1989, before which no return of looked-after children reaches back (rule 353).
create or replace macro children_act_start() as
date '1991-10-14';

-- The first day of placement orders, which took the place of freeing orders (rules 445 and 446).
create or replace macro placement_orders_start() as
date '2005-12-30';

-- The first day after an interval of involvement: one that starts and ends on one day holds that day. Null while open.
create or replace macro first_day_after(start_day, end_day) as
case when end_day is not null then greatest(end_day, start_day + 1)::date end;
