-- Grain: one row per rule and care contact in a month's submission that breaks it.
-- Why: a contact whose attendance is not told counts as offered and not as attended.
with

received as (
    select
        referral_id,
        min(start_date) as received_date,
    from typed_team_referrals
    where broken_rule is null
    group by referral_id
),

told as (
    select
        return_year_of_month(contacts.month_id) as return_year,
        contacts.source_file,
        contacts.source_row,
        concat_ws(
            ' ',
            contacts.broken_rule,
            case when contacts.broken_rule is null then contacts.mended_rule end,
            case
                when contacts.broken_rule is not null then null
                when contacts.attendance_code is null then 'attendance_missing'
                when contacts.attendance is null then 'attendance_code_unknown'
            end,
            case
                when contacts.broken_rule is null and contacts.contact_date < received.received_date
                    then 'contact_before_referral'
            end
        ) as rules,
    from typed_care_contacts as contacts
    left join received
        on contacts.referral_id = received.referral_id
)

select
    'care_contacts' as source,
    unnest(string_split(rules, ' ')) as rule,
    null::varchar as country,
    return_year,
    source_file,
    source_row,
    null::varchar as record,
from told
where rules != ''
