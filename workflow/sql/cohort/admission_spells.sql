-- Grain: one row per acute spell (spell_id): a hospital spell on an acute ward or mother and baby unit, or a crisis
-- team's home treatment.
-- Why: the three services are recorded in two places, and a spell's service is that of its beds.
with

ward_services as (
    select
        ward_stays.spell_id,
        bool_or(beds.service_type = 'mbu') as has_mbu,
        bool_or(beds.service_type = 'ward') as has_ward,
        bool_and(ward_stays.bed_class is null) as has_no_class,
    from ward_stays
    left join codelist_bed_classes as beds
        on ward_stays.bed_class = beds.code
    group by ward_stays.spell_id
),

hospital as (
    select
        hospital_spells.person_id,
        hospital_spells.spell_id,
        case when ward_services.has_mbu then 'mbu' else 'ward' end as service_type,
        hospital_spells.start_date,
        hospital_spells.end_date,
    from hospital_spells
    left join ward_services
        on hospital_spells.spell_id = ward_services.spell_id
    -- ASSUME: a hospital spell without a ward stay, or without any class of bed, is one on an acute ward; one with
    -- other beds only is not acute.
    where
        ward_services.spell_id is null
        or ward_services.has_no_class
        or ward_services.has_mbu
        or ward_services.has_ward
),

home_treatment as (
    select
        team_referrals.person_id,
        team_referrals.referral_id || '/' || team_referrals.team_id as spell_id,
        'crht' as service_type,
        team_referrals.start_date,
        team_referrals.end_date,
    from team_referrals
    inner join codelist_crisis_team_types as teams
        on team_referrals.team_type = teams.code
        and team_referrals.month_id >= teams.first_month::integer
        and team_referrals.month_id <= coalesce(teams.last_month::integer, team_referrals.month_id)
)

select
    person_id,
    spell_id,
    service_type,
    start_date,
    end_date,
from hospital
union all
select
    person_id,
    spell_id,
    service_type,
    start_date,
    end_date,
from home_treatment
order by person_id, start_date, spell_id
