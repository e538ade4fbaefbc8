"""Flaws of the mental health extract."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from dyadlink.synthetic.flaws.log import Flaws, Told
from dyadlink.synthetic.flaws.returns import noise
from dyadlink.synthetic.mhsds_tables import MONTH_OFFSET, NEW_CLASSES, OLD_CLASSES
from dyadlink.synthetic.randomness import spread

MENDED_NEXT_MONTH = 0.8
DUPLICATED = {
    "MHS001MPI": ("Person_ID", "UniqMonthID"),
    "MHS101Referral": ("UniqServReqID", "UniqMonthID"),
    "MHS501HospProvSpell": ("UniqHospProvSpellID", "UniqMonthID"),
    "MHS502WardStay": ("UniqWardStayID", "UniqMonthID"),
}


def spoil_health(tables: Mapping[str, pl.DataFrame], flaws: Flaws) -> dict[str, pl.DataFrame]:
    """Return the tables of the extract with flaws.

    Args:
        tables: The tables by name, each covering all months.
        flaws: Chooses the records and lists them.
    """
    found = dict(tables)
    if flaws.is_off:
        return found
    found["MHS501HospProvSpell"] = _discharge_first(found["MHS501HospProvSpell"], flaws)
    found["MHS502WardStay"] = _other_class(found["MHS502WardStay"], flaws)
    patients = _die_too_early(found["MHS001MPI"], flaws)
    for column in ("EthnicCategory", "MaritalStatus"):
        patients = _code_noise(patients, column, flaws)
    found["MHS001MPI"] = patients
    for name, keys in DUPLICATED.items():
        found[name] = _twice(found[name], name, keys, flaws)
    return found


def _key(*columns: str) -> pl.Expr:
    return pl.concat_str(*(pl.col(name).cast(pl.String) for name in columns), separator=":")


def _month_of(date: str) -> pl.Expr:
    return pl.col(date).dt.year().cast(pl.Int64) * 12 + pl.col(date).dt.month().cast(pl.Int64) - 1 - MONTH_OFFSET


def _discharge_first(spells: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """Return spells, some with a discharge before the admission, mostly put right in the month after."""
    start, end = pl.col("StartDateHospProvSpell"), pl.col("DischDateHospProvSpell")
    last_month = int(str(spells["UniqMonthID"].max() or 0))
    final = pl.col("UniqMonthID") == pl.col("UniqMonthID").max().over("UniqHospProvSpellID")
    able = final & (_month_of("DischDateHospProvSpell") == pl.col("UniqMonthID")) & (pl.col("UniqMonthID") < last_month)
    rows = flaws.choose("discharge_before_admission", spells, able)
    mended = rows.filter(pl.col("hit") & (pl.col("u") < MENDED_NEXT_MONTH))
    mended = mended.with_columns(pl.col("UniqMonthID") + 1)
    wrong = pl.when("hit").then(start - pl.duration(days=spread("u", 1, 28)))
    rows = rows.with_columns(wrong=wrong.cast(pl.Date))
    flaws.note(
        "discharge_before_admission",
        rows.filter("hit"),
        Told(_key("UniqHospProvSpellID", "UniqMonthID"), end, pl.col("wrong")),
    )
    rows = rows.with_columns(DischDateHospProvSpell=pl.coalesce("wrong", end))
    both = pl.concat([rows.select(spells.columns), mended.select(spells.columns)])
    return both.sort("UniqMonthID", "RecordNumber", "HospProvSpellID", maintain_order=True)


def _other_class(stays: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """Return ward stays, some with the bed class of the other version of the data set."""
    pairs = {old: NEW_CLASSES[ward] for ward, old in OLD_CLASSES.items()}
    pairs |= {new: old for old, new in pairs.items()}
    rows = flaws.choose("bed_class_of_another_version", stays, pl.col("MHAdmittedPatientClass").is_in(list(pairs)))
    wrong = pl.when("hit").then(pl.col("MHAdmittedPatientClass").replace(pairs))
    flaws.note(
        "bed_class_of_another_version",
        rows.filter("hit"),
        Told(_key("UniqWardStayID", "UniqMonthID"), pl.col("MHAdmittedPatientClass"), wrong),
    )
    rows = rows.with_columns(MHAdmittedPatientClass=pl.coalesce(wrong, "MHAdmittedPatientClass"))
    return rows.select(stays.columns)


def _die_too_early(patients: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """Return patients, some living women with a death in one month that later months take back."""
    months = patients.group_by("Person_ID", maintain_order=True).agg(
        first=pl.col("UniqMonthID").min(),
        last=pl.col("UniqMonthID").max(),
        died=pl.col("PersDeathDate").is_not_null().any(),
    )
    able = ~pl.col("died") & (pl.col("last") > pl.col("first"))
    chosen = flaws.choose("death_before_later_months", months.sort("Person_ID"), able).filter("hit")
    index = pl.col("first") + MONTH_OFFSET
    day = pl.date(index // 12, index % 12 + 1, spread("u", 1, 28))
    chosen = chosen.select("Person_ID", UniqMonthID="first", wrong=day)
    flaws.note(
        "death_before_later_months", chosen, Told(_key("Person_ID", "UniqMonthID"), pl.lit("alive"), pl.col("wrong"))
    )
    rows = patients.join(chosen, on=["Person_ID", "UniqMonthID"], how="left", maintain_order="left")
    return rows.with_columns(PersDeathDate=pl.coalesce("wrong", "PersDeathDate")).select(patients.columns)


def _code_noise(patients: pl.DataFrame, column: str, flaws: Flaws) -> pl.DataFrame:
    rows = flaws.choose("patient_code_noise", patients, pl.col(column).is_not_null())
    wrong = pl.when("hit").then(noise(pl.col(column), pl.col("u"), ""))
    flaws.note(
        "patient_code_noise",
        rows.filter("hit"),
        Told(_key("Person_ID", "UniqMonthID"), pl.concat_str(pl.lit(f"{column} "), column), wrong),
    )
    return rows.with_columns(pl.coalesce(wrong, column).alias(column)).select(patients.columns)


def _twice(table: pl.DataFrame, name: str, keys: tuple[str, ...], flaws: Flaws) -> pl.DataFrame:
    """Return the table with some rows twice, the second right after the first."""
    rows = flaws.choose("duplicate_row", table).with_row_index("place")
    again = rows.filter("hit")
    flaws.note(
        "duplicate_row",
        again,
        Told(pl.concat_str(pl.lit(name), _key(*keys), separator=":"), pl.lit("one row"), pl.lit("twice")),
    )
    return pl.concat([rows, again]).sort("place", maintain_order=True).select(table.columns)
