"""The health extracts as a research environment receives them: version 5, then 6, with tokens for persons."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dyadlink.synthetic.files import write_parquet
from dyadlink.synthetic.mhsds_tables import LAST_MONTH_OF_OLD_CLASSES, MONTH_OFFSET
from dyadlink.synthetic.recorded import RecordedWorld

WITHHELD = ("PersonBirthDate", "NHSNumber", "Postcode", "LPIDMother", "LPIDBaby")
"""Columns of a submission that a pseudonymised extract leaves out."""
V5_NAMES = {
    "ServiceRequestID": "ServiceRequestId",
    "LocalPatientID": "LocalPatientId",
    "OrgIDLocalPatientID": "OrgIDLocalPatientId",
    "WardStayID": "WardStayId",
    "MHActLegalStatusClassPeriodID": "MHActLegalStatusClassPeriodId",
    "CareContactID": "CareContactId",
    "CareActID": "CareActId",
    "GroupSessID": "GroupSessId",
    "AttendStatus": "AttendOrDNACode",
    "LSOA2021": "LSOA2011",
}
ONLY_V6 = {"MHS101Referral": ("CareProfTeamLocalID", "ReferRejectionDate", "ReferClosReason")}
WARD_NAMES = {
    "SiteIDOfTreat": "SiteIDOfTreat",
    "WardType": "WardType",
    "WardAge": "WardAge",
    "WardIntendedSex": "WardSexTypeCode",
    "WardIntendedClinCareMH": "IntendClinCareIntenCodeMH",
    "WardSecLevel": "WardSecLevel",
    "LockedWardInd": "LockedWardInd",
}
"""Attributes of the ward: in version 6 in a table of wards, in version 5 on each stay, under these names."""
TABLES_OF_V6 = ("MHS902ServiceTeamDetails", "MHS903WardDetails")


def _tokenised(table: pl.DataFrame, tokens: pl.DataFrame) -> pl.DataFrame:
    """Return the table with a token in the place of every id of a person."""
    for key in ("Person_ID", "Person_ID_Mother", "Person_ID_Baby"):
        if key in table.columns:
            columns = table.columns
            renamed = tokens.rename({"person_id": key, "token": "new"})
            table = table.join(renamed, on=key, how="left", maintain_order="left")
            table = table.with_columns(pl.col("new").alias(key)).select(columns)
    if "LocalPatientID" in table.columns:
        local = pl.concat_str("OrgIDProv", pl.col("Person_ID").str.slice(4))
        table = table.with_columns(LocalPatientID=local)
    return table


def _with_derived(name: str, table: pl.DataFrame, women: pl.DataFrame) -> pl.DataFrame:
    """Return the table with columns that the national body derives, and without what it withholds."""
    provider = pl.col("OrgIDProv").rank("dense").cast(pl.Int64)
    table = table.with_columns(UniqSubmissionID=pl.col("UniqMonthID") * 100 + provider)
    table = table.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(f"{name[:6]}UniqID"),
        RowNumber=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("UniqSubmissionID"),
    )
    if name == "MHS001MPI":
        table = _with_ages(table, women)
    if name == "MHS401MHActPeriod":
        table = table.with_columns(
            UniqMHActEpisodeID=pl.concat_str("OrgIDProv", "MHActLegalStatusClassPeriodID"),
            NHSDLegalStatus="LegalStatusCode",
        )
    return table.drop(WITHHELD, strict=False)


def _with_ages(table: pl.DataFrame, women: pl.DataFrame) -> pl.DataFrame:
    """Return patients with ages at both ends of the month in the place of a day of birth."""
    months = pl.col("UniqMonthID") + MONTH_OFFSET
    first = pl.date((months // 12).cast(pl.Int32), (months % 12 + 1).cast(pl.Int8), 1)
    births = women.select(Person_ID="person_id", born=pl.col("mother_birth").cast(pl.Int32).cast(pl.Date))
    table = table.join(births, on="Person_ID", how="left", maintain_order="left")
    return table.with_columns(
        AgeRepPeriodStart=_age("born", first),
        AgeRepPeriodEnd=_age("born", first.dt.month_end()),
        NHSDEthnicity="EthnicCategory",
        PatMRecInRP=pl.lit(value=True),
    ).drop("born")


def _age(born: str, day: pl.Expr) -> pl.Expr:
    """Return completed years on a day."""
    birth = pl.col(born)
    later = (day.dt.month() < birth.dt.month()) | (
        (day.dt.month() == birth.dt.month()) & (day.dt.day() < birth.dt.day())
    )
    return (day.dt.year() - birth.dt.year() - later.cast(pl.Int32)).cast(pl.Int16)


def as_version_5(name: str, tables: dict[str, pl.DataFrame]) -> tuple[str, pl.DataFrame]:
    """Return a table's name and content in the layout before April 2024."""
    table = tables[name]
    if name == "MHS102OtherServiceType":
        keys = {"CareProfTeamLocalID": "OtherCareProfTeamLocalID", "ServTeamTypeMH": "ServTeamTypeRefToMH"}
        teams = tables["MHS902ServiceTeamDetails"].select(
            "OrgIDProv", "UniqMonthID", *(pl.col(old).alias(new) for old, new in keys.items())
        )
        on = ["OrgIDProv", "UniqMonthID", "OtherCareProfTeamLocalID"]
        table = table.join(teams, on=on, how="left", maintain_order="left")
        table = table.rename({"OtherCareProfTeamLocalID": "CareProfTeamLocalId"})
        name = "MHS102ServiceTypeReferredTo"
    if name == "MHS502WardStay":
        wards = tables["MHS903WardDetails"].select("OrgIDProv", "UniqMonthID", "WardCode", *WARD_NAMES)
        table = table.join(wards, on=["OrgIDProv", "UniqMonthID", "WardCode"], how="left", maintain_order="left")
        table = table.rename({**WARD_NAMES, "MHAdmittedPatientClass": "HospitalBedTypeMH"})
    if name == "MHS201CareContact":
        table = table.rename({"OtherCareProfTeamLocalID": "CareProfTeamLocalId"}, strict=False)
    return name, table.drop(ONLY_V6.get(name, ())).rename(V5_NAMES, strict=False)


def write_dars(world: RecordedWorld, tokens: pl.DataFrame, folder: Path) -> None:
    """Write mhsds/v5 (to March 2024), mhsds/v6 (from April 2024) and msds, one Parquet file per table.

    Args:
        world: The English part of the world.
        tokens: One row per person: person_id, token.
        folder: The folder of the route.
    """
    # ASSUME: the extract leaves out the day of birth of the women and local numbers, and keeps that of babies.
    ready = {name: _tokenised(_with_derived(name, table, world.women), tokens) for name, table in world.mhsds.items()}
    old = {name: table.filter(pl.col("UniqMonthID") <= LAST_MONTH_OF_OLD_CLASSES) for name, table in ready.items()}
    for name, table in ready.items():
        if name not in TABLES_OF_V6:
            old_name, old_table = as_version_5(name, old)
            write_parquet(old_table, folder / "mhsds" / "v5" / f"{old_name}.parquet")
        new = table.filter(pl.col("UniqMonthID") > LAST_MONTH_OF_OLD_CLASSES)
        write_parquet(new, folder / "mhsds" / "v6" / f"{name}.parquet")
    for name, table in world.msds.items():
        rows = _with_age_at_booking(table, world.women) if "AntenatalAppDate" in table.columns else table
        rows = _tokenised(rows, tokens).drop(WITHHELD, strict=False)
        write_parquet(rows, folder / "msds" / f"{name}.parquet")


def _with_age_at_booking(table: pl.DataFrame, women: pl.DataFrame) -> pl.DataFrame:
    """Return bookings with the age of the mother in the place of her day of birth."""
    births = women.select(Person_ID_Mother="person_id", born=pl.col("mother_birth").cast(pl.Int32).cast(pl.Date))
    table = table.join(births, on="Person_ID_Mother", how="left", maintain_order="left")
    return table.with_columns(AgeAtBookingMother=_age("born", pl.col("AntenatalAppDate"))).drop("born")
