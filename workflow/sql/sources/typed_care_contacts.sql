-- Grain: one row per row of MHS201CareContact (a patient's contact with a team, in a month's submission).
-- Why: gives contacts their types and their codes a meaning; a broken rule sets the row aside.
select
    contacts.source_file,
    contacts.source_row,
    trim(contacts.person_id) as person_id,
    trim(contacts.uniqcarecontid) as contact_id,
    contacts.uniqservreqid as referral_id,
    try_cast(contacts.uniqmonthid as integer) as month_id,
    nullif(trim(contacts.othercareprofteamlocalid), '') as team_id,
    iso_date(contacts.carecontdate) as contact_date,
    clean_code(contacts.attendstatus) as attendance_code,
    attendances.category as attendance,
    modes.category = 'group' as is_group,
    case
        when nullif(trim(contacts.person_id), '') is null then 'person_id_missing'
        when nullif(trim(contacts.uniqcarecontid), '') is null then 'contact_id_missing'
        when nullif(trim(contacts.uniqservreqid), '') is null then 'referral_id_missing'
        when iso_date(contacts.carecontdate) is null then 'contact_date_missing'
        when try_cast(contacts.uniqmonthid as integer) is null then 'month_not_a_number'
        when iso_date(contacts.carecontdate) > month_end(try_cast(contacts.uniqmonthid as integer))
            then 'contact_after_its_month'
    end as broken_rule,
    null::varchar as mended_rule,
from mhs201carecontact as contacts
left join codelist_attendances as attendances
    on clean_code(contacts.attendstatus) = attendances.code
left join codelist_therapy_modes as modes
    on clean_code(contacts.carecontpatientthermode) = modes.code
