-- Grain: one row per care contact.
-- Why: the patient stands on the referral; a trust's tables have no month: a contact was sent in that of its day.
select
    contacts.input,
    contacts.source_file,
    contacts.source_row,
    referrals.localpatientid as person_id,
    month_number(iso_date(contacts.carecontdate))::varchar as uniqmonthid,
    contacts.carecontactid as uniqcarecontid,
    contacts.servicerequestid as uniqservreqid,
    contacts.carecontdate,
    contacts.othercareprofteamlocalid,
    contacts.attendstatus,
    contacts.carecontpatientthermode,
from trust_mhs201carecontact as contacts
left join trust_mhs101referral as referrals
    on contacts.servicerequestid = referrals.servicerequestid
