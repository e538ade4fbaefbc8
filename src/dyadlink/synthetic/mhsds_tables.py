"""Tables, columns and codes of the mental health extract (MHSDS version 6)."""

from __future__ import annotations

import polars as pl

from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import day

WARDS = ("mbu", "ward", "picu")
MONTH_OFFSET = 22_802
"""Months since year 0, less this, is UniqMonthID (1429 = April 2019)."""
LAST_MONTH_OF_OLD_CLASSES = 1488
OLD_CLASSES = {"mbu": "14", "ward": "10", "picu": "12"}
NEW_CLASSES = {"mbu": "204", "ward": "200", "picu": "202"}
TEAMS = {"crht": "A02", "A18": "A18", "C02": "C02", "E03": "E03"}
DIAGNOSES = {
    "depression": ("F32.2", "F33.2", "F53.0", "F32.3", "F33.1"),
    "bipolar": ("F31.1", "F31.2", "F31.4", "F30.2", "F31.6"),
    "schizophrenia_spectrum": ("F20.0", "F25.0", "F29.X", "F23.1", "F22.0"),
    "puerperal_psychosis": ("F53.1", "F53.1", "F53.1", "F53.1", "F53.1"),
    "anxiety_stress": ("F41.1", "F42.2", "F43.1", "F43.2", "F41.2"),
    "personality_disorder": ("F60.3", "F60.3", "F60.9", "F61.X", "F60.2"),
    "substance": ("F10.2", "F11.2", "F19.2", "F14.1", "F10.1"),
    "other": ("F50.0", "F84.5", "F99.X", "F06.3", "F53.8"),
}
SECONDARY = {
    "has_domestic_abuse": ("T74.1", "Z63.0"),
    "has_childhood_trauma": ("Z61.4", "Z61.5", "Z61.6", "Z62.4"),
    "has_comorbid_personality_disorder": ("F60.3", "F60.9"),
    "has_comorbid_substance": ("F10.1", "F12.1", "F19.1"),
}
TABLES = {
    "MHS001MPI": (
        "LocalPatientID OrgIDLocalPatientID PersonBirthDate Gender MaritalStatus EthnicCategory "
        "PersDeathDate Person_ID UniqMonthID OrgIDProv RecordNumber LSOA2021 LADistrictAuth"
    ),
    "MHS101Referral": (
        "ServiceRequestID LocalPatientID OrgIDComm CareProfTeamLocalID ReferralRequestReceivedDate "
        "SourceOfReferralMH ClinRespPriorityType PrimReasonReferralMH ServDischDate ReferRejectionDate "
        "ReferClosReason Person_ID UniqMonthID OrgIDProv RecordNumber UniqServReqID"
    ),
    "MHS102OtherServiceType": (
        "ServiceRequestID OtherCareProfTeamLocalID ReferClosureDate ReferRejectionDate ReferClosReason "
        "Person_ID UniqMonthID OrgIDProv RecordNumber UniqServReqID"
    ),
    "MHS201CareContact": (
        "CareContactID ServiceRequestID CareContDate OtherCareProfTeamLocalID OrgIDComm ClinContDurOfCareCont "
        "ConsType CareContSubj ConsMechanismMH PlannedCareContIndicator CareContPatientTherMode AttendStatus "
        "Person_ID UniqMonthID OrgIDProv RecordNumber UniqServReqID UniqCareContID"
    ),
    "MHS401MHActPeriod": (
        "MHActLegalStatusClassPeriodID LocalPatientID StartDateMHActLegalStatusClass "
        "ExpiryDateMHActLegalStatusClass EndDateMHActLegalStatusClass LegalStatusCode "
        "Person_ID UniqMonthID OrgIDProv RecordNumber"
    ),
    "MHS501HospProvSpell": (
        "HospProvSpellID ServiceRequestID StartDateHospProvSpell DecidedToAdmitDate "
        "SourceAdmMHHospProvSpell MethAdmMHHospProvSpell DischDateHospProvSpell "
        "MethOfDischMHHospProvSpell DestOfDischHospProvSpell "
        "Person_ID UniqMonthID OrgIDProv RecordNumber UniqServReqID UniqHospProvSpellID"
    ),
    "MHS502WardStay": (
        "WardStayID WardCode HospProvSpellID StartDateWardStay EndDateWardStay MHAdmittedPatientClass "
        "Person_ID UniqMonthID OrgIDProv RecordNumber UniqServReqID UniqHospProvSpellID UniqWardStayID"
    ),
    "MHS604PrimDiag": (
        "ServiceRequestID DiagSchemeInUse PrimDiag CodedDiagTimestamp "
        "Person_ID UniqMonthID OrgIDProv RecordNumber UniqServReqID"
    ),
    "MHS605SecDiag": (
        "ServiceRequestID DiagSchemeInUse SecDiag CodedDiagTimestamp "
        "Person_ID UniqMonthID OrgIDProv RecordNumber UniqServReqID"
    ),
}


def as_date(value: pl.Expr) -> pl.Expr:
    """Return the date of a day number."""
    return value.cast(pl.Int32).cast(pl.Date)


def month_id(value: pl.Expr) -> pl.Expr:
    """Return UniqMonthID of a day number."""
    date = as_date(value)
    return date.dt.year().cast(pl.Int64) * 12 + date.dt.month().cast(pl.Int64) - 1 - MONTH_OFFSET


def teams_and_wards(places: pl.DataFrame, p: Parameters) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the teams (MHS902) and wards (MHS903) of each provider, once per month."""
    first, last = day(p.period.mhsds_start.value), day(p.period.mhsds_end.value)
    ends = pl.select(a=month_id(pl.lit(first)), b=month_id(pl.lit(last))).row(0)
    months = pl.DataFrame({"UniqMonthID": range(ends[0], ends[1] + 1)})
    providers = months.join(places.select(OrgIDProv="provider").unique().sort("OrgIDProv"), how="cross")
    teams = providers.join(pl.DataFrame({"ServTeamTypeMH": list(TEAMS.values())}), how="cross").select(
        CareProfTeamLocalID=pl.concat_str("OrgIDProv", "ServTeamTypeMH", separator="-"),
        OrgIDCareProfTeamLocalID="OrgIDProv",
        ServTeamTypeMH="ServTeamTypeMH",
        ServTeamIntAgeGroup=pl.lit("02"),
        UniqMonthID="UniqMonthID",
        OrgIDProv="OrgIDProv",
    )
    wards = providers.join(pl.DataFrame({"setting": [name.upper() for name in WARDS]}), how="cross").select(
        WardCode=pl.concat_str("OrgIDProv", "setting", separator="-"),
        SiteIDOfTreat=pl.concat_str("OrgIDProv", pl.lit("01")),
        WardIntendedSex=pl.lit("2"),
        WardIntendedClinCareMH=pl.when(pl.col("setting") == "PICU").then(pl.lit("53")).otherwise(pl.lit("51")),
        WardAge=pl.lit("3"),
        WardType=pl.lit("03"),
        WardSecLevel=pl.lit("0"),
        LockedWardInd=pl.when(pl.col("setting") == "PICU").then(pl.lit("Y")).otherwise(pl.lit("N")),
        AvailBedDays=pl.lit(300),
        ClosedBedDays=pl.lit(0),
        UniqMonthID="UniqMonthID",
        OrgIDProv="OrgIDProv",
    )
    return teams, wards
