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

-- Text that is there and is no date at all. A placeholder date is readable, and says that the date is not known.
create or replace macro is_unreadable_iso(txt) as
trim(txt) != '' and try_strptime(left(trim(txt), 10), '%Y-%m-%d') is null;

create or replace macro is_unreadable_uk(txt) as
trim(txt) != '' and try_strptime(trim(txt), '%d/%m/%Y') is null;

-- A code as the lists write it: upper case, no blanks; null when empty or a known mark for "no code".
create or replace macro clean_code(txt) as
nullif(nullif(nullif(upper(replace(txt, ' ', '')), ''), 'NA'), '&');

-- A yes/no that returns write as 0, 1, true or false.
create or replace macro yes_no(txt) as
case lower(trim(txt)) when '1' then true when 'true' then true when '0' then false when 'false' then false end;

-- An ICD-10 code without dot, dash or padding: F53.1 and F531 are the same code.
create or replace macro icd10(txt) as
nullif(regexp_replace(upper(txt), '[^A-Z0-9]', '', 'g'), '');

-- The key of a child: an id means nothing outside the authority that gave it.
create or replace macro child_key(la_code, la_child_id) as
la_code || ':' || la_child_id;

-- Authority and return year, which stand in a file's path where the file does not carry them; the innermost folder
-- counts, whatever the folders around are called.
create or replace macro authority_in_path(source_file) as
regexp_extract(source_file, '.*authorities/([^/]+)/', 1);

create or replace macro return_year_in_path(source_file) as
regexp_extract(source_file, '.*ssda903/([^/]+)/', 1);

-- The month number of NHS submissions: 1 is April 1900, so April 2019 is 1429.
create or replace macro month_number(day) as
(year(day) - 1900) * 12 + month(day) - 3;

-- The first day of such a month.
create or replace macro month_start(month_id) as
(date '1900-04-01' + to_months(month_id - 1))::date;

-- Letters that carry no accent to take off, written as English writes them.
create or replace macro plain_letters(txt) as
replace(replace(replace(replace(translate(upper(txt), 'ŁØĐÐ', 'LODD'), 'Æ', 'AE'), 'Œ', 'OE'), 'ẞ', 'SS'), 'Þ', 'TH');

-- A name for comparison: upper case, no accents, letters only.
create or replace macro clean_name(txt) as
nullif(regexp_replace(strip_accents(plain_letters(txt)), '[^A-Z]', '', 'g'), '');

-- The first of several given names.
create or replace macro first_name(txt) as
clean_name(regexp_extract(trim(txt), '^[^\s]+'));

-- A postcode without its blank; pseudo postcodes (ZZ99: no fixed abode, unknown) are no address.
create or replace macro clean_postcode(txt) as
case
    when starts_with(upper(trim(txt)), 'ZZ') then null
    else nullif(regexp_replace(upper(txt), '[^A-Z0-9]', '', 'g'), '')
end;

-- The remainder that an NHS number's first nine digits leave, weighted 10 to 2 (STANDARDS 5.1).
create or replace macro nhs_check_digit(digits) as
11 - list_sum([digits[i]::integer * (11 - i) for i in range(1, 10)]) % 11;

-- The digits of an NHS number as they may stand in a file, blanks taken out.
create or replace macro without_blanks(txt) as
regexp_replace(txt, '\s', '', 'g');

-- A well-formed NHS number: ten digits, right check digit, and not the same read backwards, as what systems write for
-- "unknown" is (0000000000, 9999999999, 1234554321). Anything else is null.
create or replace macro clean_nhs_number(txt) as
case
    when not regexp_full_match(without_blanks(txt), '\d{10}') then null
    when without_blanks(txt) = reverse(without_blanks(txt)) then null
    when nhs_check_digit(without_blanks(txt)) % 11 != right(without_blanks(txt), 1)::integer then null
    else without_blanks(txt)
end;
