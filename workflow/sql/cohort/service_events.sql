-- Grain: one row per referral to a team and per care contact of a mother of a dyad (kind, event_id).
-- Why: a contact's team is known by the referral; what kind of team it is, by a reviewed list.
with

referrals as (
    select
        team_referrals.person_id,
        team_referrals.referral_id,
        team_referrals.team_id,
        team_referrals.start_date,
        case when team_referrals.team_type is null then 'unknown' else coalesce(types.category, 'other') end
            as team_category,
        count(*) over (partition by team_referrals.referral_id) as n_teams,
    from team_referrals
    left join codelist_community_team_types as types
        on team_referrals.team_type = types.code
        and team_referrals.month_id >= types.first_month::integer
        and team_referrals.month_id <= coalesce(types.last_month::integer, team_referrals.month_id)
    where team_referrals.person_id in (select dyads.mother_id, from dyads)
)

select
    'referral' as kind,
    referral_id || '/' || team_id as event_id,
    person_id,
    start_date as event_date,
    team_category,
    null::boolean as is_attended,
    null::boolean as is_offered,
    null::boolean as is_group,
from referrals
union all
select
    'contact' as kind,
    contacts.contact_id as event_id,
    contacts.person_id,
    contacts.contact_date as event_date,
    coalesce(referrals.team_category, 'unknown') as team_category,
    contacts.is_attended,
    contacts.is_offered,
    contacts.is_group,
from care_contacts as contacts
left join referrals
    on contacts.referral_id = referrals.referral_id
    -- ASSUME: a contact that names no team is one with the only team of its referral.
    and (contacts.team_id = referrals.team_id or (contacts.team_id is null and referrals.n_teams = 1))
where contacts.person_id in (select dyads.mother_id, from dyads)
order by kind, event_id
