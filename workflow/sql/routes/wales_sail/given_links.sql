-- Grain: one row per infant and child record with the same linking field.
-- Why: the environment gave both the field; a record whose number stands in two authorities cannot be told apart.
with

looked_after as (
    select
        system_id_e as la_child_id,
        min(local_authority_code) as la_code,
    from child_main
    group by system_id_e
    having count(distinct local_authority_code) = 1
),

receiving_support as (
    select
        child_code_e as la_child_id,
        min(local_authority_code) as la_code,
    from main_crcs
    group by child_code_e
    having count(distinct local_authority_code) = 1
),

matched as (
    select
        fields.input,
        fields.source_file,
        fields.source_row,
        fields.alf_e,
        fields.alf_sts_cd,
        looked_after.la_code,
        looked_after.la_child_id,
    from lacw_pupil_alf as fields
    inner join looked_after
        on fields.system_id_e = looked_after.la_child_id
    union all
    select
        fields.input,
        fields.source_file,
        fields.source_row,
        fields.alf_e,
        fields.alf_sts_cd,
        receiving_support.la_code,
        receiving_support.la_child_id,
    from crcs_pupil_alf as fields
    inner join receiving_support
        on fields.child_code_e = receiving_support.la_child_id
)

select
    min(matched.input) as input,
    min(matched.source_file) as source_file,
    min(matched.source_row) as source_row,
    matched.alf_e as person_id_baby,
    matched.la_code,
    matched.la_child_id as lachildid,
from matched
inner join codelist_alf_statuses as statuses
    on trim(matched.alf_sts_cd) = statuses.code
where nullif(trim(matched.alf_e), '') is not null
group by matched.alf_e, matched.la_code, matched.la_child_id
