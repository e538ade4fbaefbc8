"""The mental health extract in the MHSDS version 6 layout: every open record again in every month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from dyadlink.synthetic.files import write_csv
from dyadlink.synthetic.mhsds_tables import (
    DIAGNOSES,
    LAST_MONTH_OF_OLD_CLASSES,
    NEW_CLASSES,
    OLD_CLASSES,
    SECONDARY,
    TABLES,
    TEAMS,
    WARDS,
    as_date,
    month_id,
    teams_and_wards,
)
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import OUTSIDE_GSS, OUTSIDE_LSOA, day
from dyadlink.synthetic.randomness import pick, with_uniforms


def _monthly(rows: pl.DataFrame, last_day: int) -> pl.DataFrame:
    """Return each record once per month it is open, with `shown_end` null until the month it ends.

    Where `is_corrected`, the month of the end shows an earlier day and the month after it the right one.
    """
    last_month = month_id(pl.lit(last_day))
    rows = rows.filter(pl.col("start") <= last_day).with_columns(end_month=month_id(pl.col("end")))
    rows = rows.with_columns(
        to=pl.min_horizontal(pl.col("end_month").fill_null(10**6) + pl.col("is_corrected").cast(pl.Int64), last_month)
    )
    rows = rows.with_columns(UniqMonthID=pl.int_ranges(month_id(pl.col("start")), pl.col("to") + 1))
    rows = rows.explode("UniqMonthID")
    month_start = as_date(pl.col("end")).dt.month_start().cast(pl.Int32).cast(pl.Int64)
    wrong = pl.max_horizontal("start", month_start, pl.col("end") - 2)
    now = pl.col("UniqMonthID") - pl.col("end_month")
    return rows.with_columns(
        shown_end=pl.when((now == 0) & pl.col("is_corrected")).then(wrong).when(now >= 0).then("end")
    )


def _codes(lists: Mapping[str, tuple[str, ...]], group: str, u: str) -> pl.Expr:
    """Return a code of the group's list, with the dot in some rows and without it in others."""
    place = [(pl.col(u) * len(codes)).floor().cast(pl.Int64) for codes in lists.values()]
    chosen = pl.coalesce(
        pl.when(pl.col(group) == name).then(
            at.replace_strict(list(range(len(codes))), list(codes), return_dtype=pl.String)
        )
        for (name, codes), at in zip(lists.items(), place, strict=True)
    ).str.replace(".X", "", literal=True)
    dotless = (pl.col(u) * 1000).floor() % 2 == 0
    return pl.when(dotless).then(chosen.str.replace(".", "", literal=True)).otherwise(chosen)


def _spells(stays: pl.DataFrame, women: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    spells = stays.group_by("spell", maintain_order=True).agg(
        pl.col("woman", "setting", "purpose").first(), pl.col("start").min(), pl.col("end").max()
    )
    n = spells.height
    spells = with_uniforms(spells, rng, "u_diag", "u_when").with_columns(
        is_corrected=pl.Series(rng.random(n) < p.admissions.corrected_discharge.value),
        source=pick(rng, n, {"A1": 0.25, "H1": 0.35, "A4": 0.15, "I1": 0.05, "P1": 0.20}),
        destination=pick(rng, n, {"19": 0.9, "29": 0.06, "53": 0.04}),
    )
    return (
        spells.join(women, on="woman", maintain_order="left")
        .with_columns(
            Person_ID="person_id",
            OrgIDProv="provider",
            LocalPatientID=pl.format("P{}", pl.col("woman").cast(pl.String).str.zfill(7)),
            ServiceRequestID=pl.format("SR{}", pl.col("spell").cast(pl.String).str.zfill(8)),
            HospProvSpellID=pl.format("HS{}", pl.col("spell").cast(pl.String).str.zfill(8)),
            is_ward=pl.col("setting").is_in(WARDS),
            team=pl.concat_str("provider", pl.col("setting").replace_strict(TEAMS, default=None), separator="-"),
        )
        .with_columns(
            UniqServReqID=pl.col("OrgIDProv") + pl.col("ServiceRequestID"),
            UniqHospProvSpellID=pl.col("OrgIDProv") + pl.col("HospProvSpellID"),
        )
    )


def _referrals(spells: pl.DataFrame) -> pl.DataFrame:
    closed = pl.col("shown_end").is_not_null()
    return spells.with_columns(
        OrgIDComm=pl.lit("QZZ"),
        CareProfTeamLocalID="team",
        OtherCareProfTeamLocalID="team",
        ReferralRequestReceivedDate=as_date(pl.col("start")),
        SourceOfReferralMH="source",
        ClinRespPriorityType=pl.when(pl.col("setting") == "C02").then(pl.lit("3")).otherwise(pl.lit("1")),
        PrimReasonReferralMH=pl.lit("12"),
        ServDischDate=as_date(pl.col("shown_end")),
        ReferClosureDate=as_date(pl.col("shown_end")),
        ReferRejectionDate=pl.lit(None, pl.Date),
        ReferClosReason=pl.when(closed).then(pl.lit("02")),
        StartDateHospProvSpell=as_date(pl.col("start")),
        DecidedToAdmitDate=as_date(pl.col("start")),
        SourceAdmMHHospProvSpell=pl.lit("19"),
        MethAdmMHHospProvSpell=pl.lit("2A"),
        DischDateHospProvSpell=as_date(pl.col("shown_end")),
        MethOfDischMHHospProvSpell=pl.when(closed).then(pl.lit("1")),
        DestOfDischHospProvSpell=pl.when(closed).then("destination"),
    )


def _ward_stays(stays: pl.DataFrame, spells: pl.DataFrame, last_day: int) -> pl.DataFrame:
    keys = spells.select(
        "spell",
        "is_corrected",
        "Person_ID",
        "OrgIDProv",
        "HospProvSpellID",
        "UniqServReqID",
        "UniqHospProvSpellID",
        spell_end="end",
    )
    rows = stays.filter(pl.col("setting").is_in(WARDS)).join(keys, on="spell", maintain_order="left")
    rows = rows.with_columns(
        is_corrected=pl.col("is_corrected") & (pl.col("end") == pl.col("spell_end")),
        WardStayID=pl.format("WS{}", pl.col("stay").cast(pl.String).str.zfill(8)),
        WardCode=pl.concat_str("OrgIDProv", pl.col("setting").str.to_uppercase(), separator="-"),
    )
    rows = _monthly(rows, last_day)
    old = pl.col("setting").replace_strict(OLD_CLASSES, return_dtype=pl.String)
    new = pl.col("setting").replace_strict(NEW_CLASSES, return_dtype=pl.String)
    return rows.with_columns(
        StartDateWardStay=as_date(pl.col("start")),
        EndDateWardStay=as_date(pl.col("shown_end")),
        MHAdmittedPatientClass=pl.when(pl.col("UniqMonthID") <= LAST_MONTH_OF_OLD_CLASSES).then(old).otherwise(new),
        UniqWardStayID=pl.col("OrgIDProv") + pl.col("WardStayID"),
    )


def _detention_rows(held: pl.DataFrame, spells: pl.DataFrame, last_day: int) -> pl.DataFrame:
    keys = spells.select("spell", "Person_ID", "OrgIDProv", "LocalPatientID")
    rows = held.with_row_index("number").join(keys, on="spell", maintain_order="left")
    rows = _monthly(rows.with_columns(is_corrected=pl.lit(value=False)), last_day)
    length = pl.when(pl.col("legal_status") == "02").then(28).otherwise(182)
    return rows.with_columns(
        MHActLegalStatusClassPeriodID=pl.format("MHA{}", pl.col("number").cast(pl.String).str.zfill(7)),
        StartDateMHActLegalStatusClass=as_date(pl.col("start")),
        ExpiryDateMHActLegalStatusClass=as_date(pl.col("start") + length),
        EndDateMHActLegalStatusClass=as_date(pl.col("shown_end")),
        LegalStatusCode="legal_status",
    )


def _diagnoses(monthly: pl.DataFrame, recoded: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return primary and secondary diagnoses of acute referrals, coded on the first day.

    A primary diagnosis that is recoded comes on its day, and takes the place of the first one from the next month on.
    """
    acute = monthly.filter(pl.col("is_ward") | (pl.col("setting") == "crht")).with_columns(
        DiagSchemeInUse=pl.lit("02"),
        CodedDiagTimestamp=as_date(pl.col("start")).cast(pl.String) + pl.lit("T09:00:00"),
    )
    both = acute.join(recoded.select("spell", "day", "group"), on="spell", how="left", maintain_order="left")
    changes = month_id(pl.col("day"))
    first = both.filter((pl.col("UniqMonthID") <= changes).fill_null(value=True))
    first = first.with_columns(PrimDiag=_codes(DIAGNOSES, "diagnosis_group", "u_diag"))
    later = both.filter((pl.col("UniqMonthID") >= changes).fill_null(value=False)).with_columns(
        PrimDiag=_codes(DIAGNOSES, "group", "u_diag"),
        CodedDiagTimestamp=as_date(pl.col("day")).cast(pl.String) + pl.lit("T15:00:00"),
    )
    primary = pl.concat([first, later])
    parts = []
    for flag in SECONDARY:
        rows = acute.filter(pl.col(flag)).with_columns(reason=pl.lit(flag))
        parts.append(rows.with_columns(SecDiag=_codes(SECONDARY, "reason", "u_when")))
    return primary, pl.concat(parts).sort("spell", "UniqMonthID", "SecDiag")


def _contacts(contacts: pl.DataFrame, spells: pl.DataFrame, last_day: int) -> pl.DataFrame:
    """Return care contacts, each in the month of its day, attended or not.

    Parenting groups are contacts in group mode: MHS301GroupSession knows no patient, so that only the care contact
    tells who attended. ASSUME: therapy mode 1 is one patient and 3 a group, mechanism 01 face to face, 02 by
    telephone and 11 by video, as in the data dictionary; the lists collected for this project hold neither.
    """
    keys = ("spell", "Person_ID", "OrgIDProv", "ServiceRequestID", "UniqServReqID", "team")
    rows = (
        contacts.filter(pl.col("day") <= last_day)
        .join(spells.select(keys), on="spell", maintain_order="left")
        .with_row_index("number")
    )
    is_first = pl.col("attended").cum_sum().over("spell") <= 1
    return rows.with_columns(
        UniqMonthID=month_id(pl.col("day")),
        CareContactID=pl.format("CC{}", pl.col("number").cast(pl.String).str.zfill(8)),
        CareContDate=as_date(pl.col("day")),
        OtherCareProfTeamLocalID="team",
        OrgIDComm=pl.lit("QZZ"),
        ClinContDurOfCareCont=pl.when("attended").then("minutes"),
        ConsType=pl.when(is_first).then(pl.lit("01")).otherwise(pl.lit("02")),
        CareContSubj=pl.lit("01"),
        ConsMechanismMH="mechanism",
        PlannedCareContIndicator=pl.lit("Y"),
        CareContPatientTherMode=pl.when("is_group").then(pl.lit("3")).otherwise(pl.lit("1")),
        AttendStatus=pl.when("attended").then(pl.lit("5")).otherwise(pl.lit("3")),
    ).with_columns(UniqCareContID=pl.col("OrgIDProv") + pl.col("CareContactID"))


def _patients(monthly: pl.DataFrame, women: pl.DataFrame, last_day: int) -> pl.DataFrame:
    """Return one row per woman and month with any record, and one for the month of a death."""
    seen = monthly.select("woman", "UniqMonthID")
    died = women.filter(pl.col("mother_death") <= last_day)
    died = died.select("woman", UniqMonthID=month_id(pl.col("mother_death")))
    rows = pl.concat([seen, died]).unique().sort("UniqMonthID", "woman")
    rows = rows.join(women, on="woman", maintain_order="left")
    known = month_id(pl.col("mother_death")) <= pl.col("UniqMonthID")
    outside = pl.col("kind") == "lives_outside"
    # The month of a move shows the new address.
    moved = (month_id(pl.col("move_day")) <= pl.col("UniqMonthID")).fill_null(value=False)
    return rows.with_columns(
        RecordNumber=500_000_000 + pl.int_range(pl.len(), dtype=pl.Int64),
        LocalPatientID=pl.format("P{}", pl.col("woman").cast(pl.String).str.zfill(7)),
        OrgIDLocalPatientID="provider",
        PersonBirthDate=as_date(pl.col("mother_birth")),
        Gender=pl.lit("2"),
        MaritalStatus="marital_status",
        EthnicCategory="ethnic_code",
        PersDeathDate=as_date(pl.when(known).then("mother_death")),
        Person_ID="person_id",
        OrgIDProv="provider",
        LSOA2021=pl.when(outside).then(pl.lit(OUTSIDE_LSOA)).when(moved).then("new_lsoa").otherwise("lsoa"),
        LADistrictAuth=pl.when(outside)
        .then(pl.lit(OUTSIDE_GSS))
        .when(moved)
        .then("new_gss_code")
        .otherwise("gss_code"),
    )


@dataclass(frozen=True)
class HealthWorld:
    """What happened in mental health care.

    `stays` are stays and team referrals of all women, `held` periods of detention, `women` one row per
    woman with person_id, provider, home and codes, `recoded` primary diagnoses that replace the first one,
    `contacts` the care contacts offered by community teams.
    """

    stays: pl.DataFrame
    held: pl.DataFrame
    women: pl.DataFrame
    recoded: pl.DataFrame
    contacts: pl.DataFrame


def mhsds_tables(
    health: HealthWorld, places: pl.DataFrame, rng: np.random.Generator, p: Parameters
) -> dict[str, pl.DataFrame]:
    """Return the tables by name, each covering all months."""
    stays, held, women = health.stays, health.held, health.women
    last_day = day(p.period.mhsds_end.value)
    spells = _spells(stays, women, rng, p)
    monthly = _referrals(_monthly(spells, last_day))
    patients = _patients(monthly, women, last_day)
    numbers = patients.select("Person_ID", "UniqMonthID", "RecordNumber")
    primary, secondary = _diagnoses(monthly, health.recoded)
    tables = {
        "MHS101Referral": monthly,
        "MHS102OtherServiceType": monthly.filter(~pl.col("is_ward")),
        "MHS201CareContact": _contacts(health.contacts, spells, last_day),
        "MHS401MHActPeriod": _detention_rows(held, spells, last_day),
        "MHS501HospProvSpell": monthly.filter("is_ward"),
        "MHS502WardStay": _ward_stays(stays, spells, last_day),
        "MHS604PrimDiag": primary,
        "MHS605SecDiag": secondary,
    }
    found = {"MHS001MPI": patients.select(TABLES["MHS001MPI"].split())}
    for name, rows in tables.items():
        table = rows.join(numbers, on=["Person_ID", "UniqMonthID"], how="inner", maintain_order="left")
        columns = TABLES[name].split()
        found[name] = table.sort("UniqMonthID", "RecordNumber", columns[0], maintain_order=True).select(columns)
    teams, wards = teams_and_wards(places, p)
    return {**found, "MHS902ServiceTeamDetails": teams, "MHS903WardDetails": wards}


def write_tables(tables: Mapping[str, pl.DataFrame], folder: Path) -> None:
    """Write one CSV per table."""
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        write_csv(rows, folder / f"{name}.csv")
