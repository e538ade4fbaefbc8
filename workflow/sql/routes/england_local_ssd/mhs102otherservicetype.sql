-- Grain: one row per referral and team.
-- Why: the month is that of the referral, and the team's type, which has no month here, goes with it.
select
    services.input,
    services.source_file,
    services.source_row,
    services.servicerequestid as uniqservreqid,
    month_number(
        coalesce(iso_date(referrals.servdischdate), (select iso_date(authorities.coverage_end), from authorities))
    )::varchar
        as uniqmonthid,
    services.othercareprofteamlocalid,
    services.referclosuredate,
    teams.servteamtypemh as servteamtypereftomh,
from trust_mhs102otherservicetype as services
left join trust_mhs101referral as referrals
    on services.servicerequestid = referrals.servicerequestid
left join trust_mhs902serviceteamdetails as teams
    on services.othercareprofteamlocalid = teams.careprofteamlocalid
