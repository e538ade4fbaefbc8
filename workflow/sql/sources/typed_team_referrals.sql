-- Grain: one row per row of MHS102OtherServiceType (a team's part in a referral, in a month's submission).
-- Why: the team's type lives in MHS902, before version 6 on the row itself; the referral's dates and patient in MHS101;
-- a team's closure comes first.
with

teams as (
    -- One type for each team and month: the table repeats its rows.
    select
        trim(careprofteamlocalid) as team_id,
        try_cast(uniqmonthid as integer) as month_id,
        max(clean_code(servteamtypemh)) as team_type,
    from mhs902serviceteamdetails
    group by all
),

referrals as (
    select
        uniqservreqid as referral_id,
        try_cast(uniqmonthid as integer) as month_id,
        max(trim(person_id)) as person_id,
        max(iso_date(referralrequestreceiveddate)) as received_date,
        max(iso_date(servdischdate)) as discharge_date,
    from mhs101referral
    group by all
)

select
    services.source_file,
    services.source_row,
    referrals.person_id,
    services.uniqservreqid as referral_id,
    try_cast(services.uniqmonthid as integer) as month_id,
    trim(services.othercareprofteamlocalid) as team_id,
    coalesce(clean_code(services.servteamtypereftomh), teams.team_type) as team_type,
    referrals.received_date as start_date,
    coalesce(iso_date(services.referclosuredate), referrals.discharge_date) as end_date,
    case
        when try_cast(services.uniqmonthid as integer) is null then 'month_not_a_number'
        when nullif(trim(services.othercareprofteamlocalid), '') is null then 'team_id_missing'
        when referrals.person_id is null then 'referral_not_found'
        when referrals.received_date is null then 'received_date_missing'
        when is_unreadable_iso(services.referclosuredate)
            then 'closure_date_unreadable'
        when coalesce(iso_date(services.referclosuredate), referrals.discharge_date) < referrals.received_date
            then 'closure_before_referral'
    end as broken_rule,
    null::varchar as mended_rule,
from mhs102otherservicetype as services
left join referrals
    on services.uniqservreqid = referrals.referral_id
    and try_cast(services.uniqmonthid as integer) = referrals.month_id
left join teams
    on trim(services.othercareprofteamlocalid) = teams.team_id
    and try_cast(services.uniqmonthid as integer) = teams.month_id
