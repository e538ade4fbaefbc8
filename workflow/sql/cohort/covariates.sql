-- Grain: one row per analysed dyad (dyad_id).
-- Why: what was known of mother and infant at T1.
with

coded as (
    -- The longest prefix that fits a code decides its group.
    select
        dyads.dyad_id,
        dyads.t1_date,
        dyads.t2_date,
        diagnoses.position,
        diagnoses.recorded_date,
        diagnoses.icd10_code,
        arg_max(diagnosis_groups.diagnosis_group, length(diagnosis_groups.code_prefix)) as diagnosis_group,
    from dyads
    inner join diagnoses
        on dyads.mother_id = diagnoses.person_id
    inner join codelist_diagnosis_groups as diagnosis_groups
        on starts_with(diagnoses.icd10_code, diagnosis_groups.code_prefix)
    where dyads.exclusion_reason is null and diagnoses.recorded_date <= dyads.t2_date
    group by all
),

primary_diagnoses as (
    -- The latest up to T1. ASSUME: where none was coded by T1, the first of the episode names what led to it.
    select
        dyad_id,
        coalesce(
            arg_max(diagnosis_group, (recorded_date, icd10_code)) filter (where recorded_date <= t1_date),
            arg_min(diagnosis_group, (recorded_date, icd10_code))
        ) as diagnosis_group,
    from coded
    where position = 'primary'
    group by dyad_id
),

secondary_diagnoses as (
    select
        dyad_id,
        bool_or(diagnosis_group = 'personality_disorder') as has_comorbid_personality_disorder,
        bool_or(diagnosis_group = 'substance') as has_comorbid_substance_use,
    from coded
    where position = 'secondary' and recorded_date <= t1_date
    group by dyad_id
),

adversities as (
    select
        dyads.dyad_id,
        bool_or(adversity.factor = 'domestic_abuse') as has_domestic_abuse,
        bool_or(adversity.factor = 'childhood_trauma') as has_childhood_trauma,
    from dyads
    inner join diagnoses
        on dyads.mother_id = diagnoses.person_id
    inner join codelist_adversity as adversity
        on starts_with(diagnoses.icd10_code, adversity.code_prefix)
    where dyads.exclusion_reason is null and diagnoses.recorded_date <= dyads.t1_date
    group by dyads.dyad_id
),

earlier_admissions as (
    -- Hospital admissions only: home treatment is not one.
    select distinct dyads.dyad_id,
    from dyads
    inner join admission_spells
        on dyads.mother_id = admission_spells.person_id
    where
        admission_spells.service_type in ('mbu', 'ward')
        and admission_spells.start_date < dyads.birth_date
        and admission_spells.start_date >= dyads.t1_date - $prior_admission_lookback_days::integer
),

detentions as (
    select distinct dyads.dyad_id,
    from dyads
    inner join mha_periods
        on dyads.mother_id = mha_periods.person_id
    inner join codelist_detention_legal_statuses as detained
        on mha_periods.legal_status = detained.code
    where
        mha_periods.start_date <= dyads.t1_date
        and (mha_periods.end_date is null or mha_periods.end_date >= dyads.t1_date)
)

select
    dyads.dyad_id,
    ethnicities.ethnic_group as ethnicity,
    areas.deprivation_quintile,
    case marital.is_single when 'true' then true when 'false' then false end as is_single,
    case
        when dyads.previous_live_births >= 2 then '2+'
        else dyads.previous_live_births::varchar
    end as parity,
    primary_diagnoses.diagnosis_group,
    coalesce(secondary_diagnoses.has_comorbid_personality_disorder, false) as has_comorbid_personality_disorder,
    coalesce(secondary_diagnoses.has_comorbid_substance_use, false) as has_comorbid_substance_use,
    coalesce(adversities.has_domestic_abuse, false) as has_domestic_abuse,
    coalesce(adversities.has_childhood_trauma, false) as has_childhood_trauma,
    earlier_admissions.dyad_id is not null as has_prior_admission,
    detentions.dyad_id is not null as is_detained,
    dyads.gestation_days < $preterm_days as is_preterm,
    dyads.n_infants_delivered > 1 as is_multiple_birth,
from dyads
left join codelist_ethnic_categories as ethnicities
    on dyads.ethnic_category = ethnicities.code
left join areas
    on dyads.lsoa = areas.lsoa
left join codelist_marital_statuses as marital
    on dyads.marital_status = marital.code
left join primary_diagnoses
    on dyads.dyad_id = primary_diagnoses.dyad_id
left join secondary_diagnoses
    on dyads.dyad_id = secondary_diagnoses.dyad_id
left join adversities
    on dyads.dyad_id = adversities.dyad_id
left join earlier_admissions
    on dyads.dyad_id = earlier_admissions.dyad_id
left join detentions
    on dyads.dyad_id = detentions.dyad_id
where dyads.exclusion_reason is null
order by dyads.dyad_id
