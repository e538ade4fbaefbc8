-- Grain: one row per analysed dyad (dyad_id).
-- Why: the one table that tables and models read: covariates as known at T1, states at the timepoints, outcomes. What
-- the route of a dyad's records cannot tell is null: an absence that nobody could have seen is no absence.
with

linked as (
    select distinct dyad_id,
    from dyad_children
),

untold as (
    select
        dyads.dyad_id,
        coalesce(bool_or(facts.fact = 'detention'), false) as detention,
        coalesce(bool_or(facts.fact = 'ward_type'), false) as ward_type,
        coalesce(bool_or(facts.fact = 'cases_between_snapshots'), false) as absence_of_cases,
        coalesce(bool_or(facts.fact = 'register_dates'), false) as plans,
    from dyads
    left join codelist_untold_facts as facts
        on dyads.route = facts.route
    group by dyads.dyad_id
)

select
    dyads.dyad_id,
    dyads.mother_number,
    dyads.country,
    dyads.la_code,
    date_trunc('month', dyads.birth_date)::date as birth_month,
    dyads.maternal_age_years,
    covariates.ethnicity,
    covariates.deprivation_quintile,
    5 - covariates.deprivation_quintile as deprivation,
    covariates.is_single,
    covariates.parity,
    covariates.diagnosis_group,
    covariates.has_comorbid_personality_disorder,
    covariates.has_comorbid_substance_use,
    covariates.has_domestic_abuse,
    covariates.has_childhood_trauma,
    covariates.has_prior_admission,
    case when not untold.detention then covariates.is_detained end as is_detained,
    case when not untold.ward_type then dyads.service_type end as service_type,
    dyads.infant_sex,
    covariates.is_preterm,
    covariates.is_multiple_birth,
    date_diff('day', dyads.birth_date, dyads.t1_date) as infant_age_days,
    date_diff('day', dyads.t1_date, dyads.t2_date) as episode_days,
    linked.dyad_id is not null as is_linked,
    case when not untold.absence_of_cases or outcomes.birth_rank > 0 then level_birth.level end as csc_level_birth,
    case when not untold.absence_of_cases or outcomes.t1_rank > 0 then level_t1.level end as csc_level_t1,
    case when not untold.absence_of_cases or outcomes.t2_rank > 0 then level_t2.level end as csc_level_t2,
    case when not untold.absence_of_cases or outcomes.t3_rank > 0 then level_t3.level end as csc_level_t3,
    case when not untold.absence_of_cases or outcomes.o1 then outcomes.o1 end as o1,
    case when not untold.absence_of_cases or outcomes.episode_rank > 0 then level_episode.level end
        as csc_level_episode,
    case when not untold.absence_of_cases or outcomes.o2 then outcomes.o2 end as o2,
    case when not untold.absence_of_cases or outcomes.o2_any then outcomes.o2_any end as o2_any,
    outcomes.follow_up_days,
    outcomes.end_reason,
    outcomes.is_custody_lost_by_t2,
    case when not untold.plans or outcomes.is_on_plan_at_t2 then outcomes.is_on_plan_at_t2 end as is_on_plan_at_t2,
    case when not untold.plans or not outcomes.o3_at_risk then outcomes.o3_at_risk end as o3_at_risk,
    case when not untold.plans then outcomes.o3_days end as o3_days,
    case when not untold.plans then outcomes.o3_event end as o3_event,
    -- A competing event settles the year: no first plan, no loss, can follow it.
    case
        when untold.plans or not outcomes.o3_at_risk then null
        when outcomes.o3_event = 'child_protection_plan' then true
        when outcomes.o3_event != 'censored' or outcomes.is_followed_to_t3 then false
    end as o3,
    case when not untold.plans or outcomes.o3_at_t3 then outcomes.o3_at_t3 end as o3_at_t3,
    outcomes.o4_at_risk,
    outcomes.o4_days,
    outcomes.o4_event,
    case
        when not outcomes.o4_at_risk then null
        when outcomes.o4_event = 'custody_loss' then true
        when outcomes.o4_event != 'censored' or outcomes.is_followed_to_t3 then false
    end as o4,
    outcomes.o4_at_t3,
    outcomes.o4_any,
    reunifications.time_zero as apart_from,
    reunifications.return_days,
    reunifications.return_event,
    outcomes.has_readmission,
    outcomes.readmission_days,
from dyads
left join linked
    on dyads.dyad_id = linked.dyad_id
inner join untold
    on dyads.dyad_id = untold.dyad_id
inner join outcomes
    on dyads.dyad_id = outcomes.dyad_id
left join reunifications
    on dyads.dyad_id = reunifications.dyad_id
inner join covariates
    on dyads.dyad_id = covariates.dyad_id
inner join codelist_csc_levels as level_birth
    on outcomes.birth_rank = level_birth.rank::integer
inner join codelist_csc_levels as level_t1
    on outcomes.t1_rank = level_t1.rank::integer
inner join codelist_csc_levels as level_t2
    on outcomes.t2_rank = level_t2.rank::integer
left join codelist_csc_levels as level_t3
    on outcomes.t3_rank = level_t3.rank::integer
inner join codelist_csc_levels as level_episode
    on outcomes.episode_rank = level_episode.rank::integer
order by dyads.dyad_id
