"""Contracts of the staged tables and of the links."""

from __future__ import annotations

import dataframely as dy

_LA_CODE = r"^\d{3}$"
_LA_OR_NATION = r"^(\d{3}|[EW]92000\d{3})$"
_SEX = "^(male|female)$"


def _child_key() -> dy.String:
    return dy.String(primary_key=True, description="Authority and the child's id there, parted by a colon.")


def _referral_date() -> dy.Date:
    return dy.Date(primary_key=True, description="Day of the referral that opened the case.")


class Authorities(dy.Schema):
    """Grain: one row per authority whose returns are held (la_code)."""

    la_code = dy.String(
        primary_key=True,
        regex=_LA_OR_NATION,
        description="Code of the authority (England DfE, Wales Welsh Government); ONS code of a nation that stands "
        "for those of its authorities that a route cannot tell apart.",
    )
    gss_code = dy.String(
        nullable=True, description="ONS code of the authority; null where no address of its route is held against it."
    )
    name = dy.String(description="Name of the authority.")
    country = dy.String(regex="^(England|Wales)$", description="Country of the authority.")
    route = dy.String(description="Route on which its records came.")
    coverage_start = dy.Date(description="First day that the returns cover.")
    coverage_end = dy.Date(description="Last day that the returns cover.")


class Areas(dy.Schema):
    """Grain: one row per small area (lsoa)."""

    lsoa = dy.String(primary_key=True, description="Lower layer super output area.")
    deprivation_quintile = dy.Int64(
        nullable=True, min=1, max=5, description="IMD/WIMD quintile in the area's country; 1 is the most deprived."
    )


class Patients(dy.Schema):
    """Grain: one row per patient of mental health services (person_id)."""

    person_id = dy.String(primary_key=True, description="Pseudonym of the patient.")
    ethnic_category = dy.String(nullable=True, description="Latest stated code of the ethnic category.")
    death_date = dy.Date(nullable=True, description="Date of death.")


class PatientMonths(dy.Schema):
    """Grain: one row per patient and submission month (person_id, month_id)."""

    person_id = dy.String(primary_key=True, description="Pseudonym of the patient.")
    month_id = dy.Int64(primary_key=True, description="Submission month; 1 is April 1900.")
    lsoa = dy.String(nullable=True, description="Small area of the address.")
    gss_code = dy.String(nullable=True, description="Authority of the address.")
    marital_status = dy.String(nullable=True, description="Code of the marital status.")


class TeamReferrals(dy.Schema):
    """Grain: one row per referral and team (referral_id, team_id)."""

    person_id = dy.String(description="Pseudonym of the patient.")
    referral_id = dy.String(primary_key=True, description="The referral.")
    team_id = dy.String(primary_key=True, nullable=False, description="The team.")
    team_type = dy.String(nullable=True, description="Code of the team's type.")
    month_id = dy.Int64(description="Month of the submission that the row is from.")
    start_date = dy.Date(description="Day the referral was received.")
    end_date = dy.Date(nullable=True, description="Day the team closed it; null while open.")


class CareContacts(dy.Schema):
    """Grain: one row per care contact (contact_id)."""

    contact_id = dy.String(primary_key=True, description="The contact.")
    person_id = dy.String(description="Pseudonym of the patient.")
    referral_id = dy.String(description="The referral that it belongs to.")
    team_id = dy.String(nullable=True, description="The team; null where the contact names none.")
    contact_date = dy.Date(description="Day of the contact.")
    is_attended = dy.Bool(nullable=True, description="The patient was seen; null where the record does not tell.")
    is_offered = dy.Bool(description="Neither cancelled by the provider nor still to come.")
    is_group = dy.Bool(nullable=True, description="A group session; null where the record does not tell.")


class MhaPeriods(dy.Schema):
    """Grain: one row per Mental Health Act legal status period (period_id)."""

    period_id = dy.String(primary_key=True, description="The period.")
    person_id = dy.String(description="Pseudonym of the patient.")
    start_date = dy.Date(description="First day of the period.")
    end_date = dy.Date(nullable=True, description="Last day of the period; null while it lasts.")
    legal_status = dy.String(nullable=True, description="Code of the legal status.")


class HospitalSpells(dy.Schema):
    """Grain: one row per hospital provider spell (spell_id)."""

    spell_id = dy.String(primary_key=True, description="The spell.")
    person_id = dy.String(description="Pseudonym of the patient.")
    start_date = dy.Date(description="Day of admission.")
    end_date = dy.Date(nullable=True, description="Day of discharge; null while open.")


class WardStays(dy.Schema):
    """Grain: one row per ward stay (ward_stay_id)."""

    ward_stay_id = dy.String(primary_key=True, description="The stay.")
    spell_id = dy.String(description="The hospital spell it is part of.")
    month_id = dy.Int64(description="Month of the submission that the row is from: bed classes changed in 1489.")
    start_date = dy.Date(description="First day on the ward.")
    end_date = dy.Date(nullable=True, description="Last day on the ward; null while there.")
    bed_class = dy.String(nullable=True, description="Code of the class of bed.")


class Diagnoses(dy.Schema):
    """Grain: one row per patient, referral, position, code and day recorded."""

    person_id = dy.String(primary_key=True, description="Pseudonym of the patient.")
    referral_id = dy.String(primary_key=True, nullable=False, description="The referral it was coded for.")
    position = dy.String(primary_key=True, regex="^(primary|secondary)$", description="Primary or secondary.")
    icd10_code = dy.String(primary_key=True, description="ICD-10 code without dot.")
    recorded_date = dy.Date(primary_key=True, description="Day it was recorded.")


class Births(dy.Schema):
    """Grain: one row per infant in the maternity data (infant_id)."""

    infant_id = dy.String(primary_key=True, description="Pseudonym of the infant.")
    mother_id = dy.String(nullable=True, description="Pseudonym of the mother.")
    n_mothers = dy.Int64(min=0, description="Different mothers recorded for the infant.")
    birth_date = dy.Date(description="Date of birth, or the first day that it can be.")
    latest_birth_date = dy.Date(description="The last day that it can be: the same, but where the week alone is known.")
    death_date = dy.Date(nullable=True, description="Date of death.")
    is_live_birth = dy.Bool(description="Born alive.")
    sex = dy.String(nullable=True, regex=_SEX, description="Infant's sex.")
    gestation_days = dy.Int64(nullable=True, description="Length of gestation in days.")
    ethnic_group = dy.String(nullable=True, description="Infant's ethnic group.")
    n_infants_delivered = dy.Int64(min=1, description="Infants of the same pregnancy born that day.")
    previous_live_births = dy.Int64(nullable=True, min=0, description="Mother's live births before this one.")
    maternal_age_years = dy.Int64(
        nullable=True, description="Mother's completed years of age at the birth; null where no patient is the mother."
    )


class Children(dy.Schema):
    """Grain: one row per child known to an authority (child_key)."""

    child_key = _child_key()
    la_code = dy.String(regex=_LA_CODE, description="Authority that knows the child.")
    sex = dy.String(nullable=True, regex=_SEX, description="Child's sex.")
    ethnicity = dy.String(nullable=True, description="Code of the ethnicity.")
    death_date = dy.Date(nullable=True, description="Date of death.")


class CinEpisodes(dy.Schema):
    """Grain: one row per referral episode (child_key, referral_date)."""

    child_key = _child_key()
    referral_date = _referral_date()
    closure_date = dy.Date(nullable=True, description="Day the case was closed; null while open.")
    closure_reason = dy.String(nullable=True, description="Code of the reason for closure.")
    primary_need = dy.String(nullable=True, description="Code of the primary need.")
    is_no_further_action = dy.Bool(description="The referral ended without further action.")


class Assessments(dy.Schema):
    """Grain: one row per assessment (child_key, referral_date, start_date)."""

    child_key = _child_key()
    referral_date = _referral_date()
    start_date = dy.Date(primary_key=True, description="Day the assessment began.")
    authorisation_date = dy.Date(nullable=True, description="Day it was authorised; null while it lasts.")
    factors = dy.String(nullable=True, description="Codes of the factors identified, parted by blanks.")


class ChildInNeedPlans(dy.Schema):
    """Grain: one row per child-in-need plan (child_key, referral_date, start_date); census 2022 on."""

    child_key = _child_key()
    referral_date = _referral_date()
    start_date = dy.Date(primary_key=True, description="First day of the plan.")
    end_date = dy.Date(nullable=True, description="Last day of the plan; null while it lasts.")


class Section47Enquiries(dy.Schema):
    """Grain: one row per section 47 enquiry (child_key, referral_date, start_date)."""

    child_key = _child_key()
    referral_date = _referral_date()
    start_date = dy.Date(primary_key=True, description="Day the enquiry began.")
    initial_conference_date = dy.Date(nullable=True, description="Day of the initial child protection conference.")


class ChildProtectionPlans(dy.Schema):
    """Grain: one row per child protection plan (child_key, start_date)."""

    child_key = _child_key()
    start_date = dy.Date(primary_key=True, description="First day on the plan; may lie before the birth.")
    end_date = dy.Date(nullable=True, description="Last day on the plan; null while it lasts.")
    initial_category = dy.String(nullable=True, description="Category of abuse at the start.")
    latest_category = dy.String(nullable=True, description="Latest category of abuse.")
    n_previous_plans = dy.Int64(nullable=True, min=0, description="Plans before this one.")


class LookedAfterEpisodes(dy.Schema):
    """Grain: one row per placement or legal status of a looked-after child (child_key, start_date)."""

    child_key = _child_key()
    start_date = dy.Date(primary_key=True, description="First day.")
    end_date = dy.Date(nullable=True, description="Last day; null while it lasts.")
    reason_started = dy.String(nullable=True, description="Code of why it began.")
    legal_status = dy.String(nullable=True, description="Code of the legal status.")
    placement = dy.String(nullable=True, description="Code of the placement.")
    reason_ceased = dy.String(nullable=True, description="Code of why it ended.")
    legal_status_category = dy.String(
        nullable=True, description="order, other or short_break; null: code not in the list."
    )
    placement_category = dy.String(
        nullable=True, description="apart, with_parent or with_mother; null: not in the list."
    )
    reason_ceased_category = dy.String(nullable=True, description="What the end means; null: open, or not in the list.")


class HesAdmissions(dy.Schema):
    """Grain: one row per admission in HES (person_id, admission_date); not part of the cohort yet."""

    person_id = dy.String(primary_key=True, description="Pseudonym of the patient.")
    admission_date = dy.Date(primary_key=True, description="Day of admission.")
    start_date = dy.Date(description="First day of its first consultant episode.")
    discharge_date = dy.Date(nullable=True, description="Day of discharge.")
    n_episodes = dy.Int64(min=1, description="Consultant episodes of the admission.")
