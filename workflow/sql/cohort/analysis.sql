-- Grain: one row per analysed dyad (dyad_id).
-- Why: the one table that tables and models read: covariates as known at T1, states at the timepoints, outcomes.
with

linked as (
    select distinct dyad_id,
    from dyad_children
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
    covariates.is_detained,
    dyads.service_type,
    dyads.infant_sex,
    covariates.is_preterm,
    covariates.is_multiple_birth,
    date_diff('day', dyads.birth_date, dyads.t1_date) as infant_age_days,
    date_diff('day', dyads.t1_date, dyads.t2_date) as episode_days,
    linked.dyad_id is not null as is_linked,
    level_birth.level as csc_level_birth,
    level_t1.level as csc_level_t1,
    level_t2.level as csc_level_t2,
    level_t3.level as csc_level_t3,
    outcomes.o1,
    level_episode.level as csc_level_episode,
    outcomes.o2,
    outcomes.o2_any,
    outcomes.is_custody_lost_by_t2,
    outcomes.is_on_plan_at_t2,
    outcomes.o3_at_risk,
    outcomes.o3_days,
    outcomes.o3_event,
    -- A competing event settles the year: no first plan, no loss, can follow it.
    case
        when not outcomes.o3_at_risk then null
        when outcomes.o3_event = 'child_protection_plan' then true
        when outcomes.o3_event != 'censored' or outcomes.is_followed_to_t3 then false
    end as o3,
    outcomes.o4_at_risk,
    outcomes.o4_days,
    outcomes.o4_event,
    case
        when not outcomes.o4_at_risk then null
        when outcomes.o4_event = 'custody_loss' then true
        when outcomes.o4_event != 'censored' or outcomes.is_followed_to_t3 then false
    end as o4,
    outcomes.has_readmission,
from dyads
left join linked
    on dyads.dyad_id = linked.dyad_id
inner join outcomes
    on dyads.dyad_id = outcomes.dyad_id
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
