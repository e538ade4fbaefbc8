"""Values that the health extracts miss, by the models of missingness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from dyadlink.synthetic.missingness import Missing
from dyadlink.synthetic.randomness import Topic, generator

ABUSE_CODES = ("T741", "Z630")
CRISIS_TEAM = "A02"
PRETERM_DAYS = 259
SEVERE_SHARE = 0.3
"""ASSUME: abuse is severe for three in ten of the women who suffer it, whatever else is true of them."""


@dataclass(frozen=True)
class HealthTables:
    """The tables of mental health and of maternity by name."""

    mhsds: dict[str, pl.DataFrame]
    msds: dict[str, pl.DataFrame]


def facts_of_women(women: pl.DataFrame, born_around: int, seed: int) -> pl.DataFrame:
    """Return one row per woman with the terms of the models of missingness.

    Columns: woman, Person_ID, age_decades (from 30, on the day given), has_prior_admission, is_single, is_white,
    deprivation, has_domestic_abuse, is_severe.

    Args:
        women: One row per woman.
        born_around: A day in the period of births.
        seed: The seed of the world.
    """
    u = generator(seed, Topic.MISSINGNESS).random(women.height)
    return women.select(
        "woman",
        "has_domestic_abuse",
        Person_ID="person_id",
        age_decades=(born_around - pl.col("mother_birth")) / 3652.5 - 3.0,
        has_prior_admission="has_earlier_spell",
        is_single="is_single",
        is_white=pl.col("ethnicity") == "white",
        deprivation=5 - pl.col("deprivation_quintile"),
        is_severe=pl.Series(np.asarray(u < SEVERE_SHARE)),
    )


def with_missing_values(
    mhsds: Mapping[str, pl.DataFrame],
    msds: Mapping[str, pl.DataFrame],
    women: pl.DataFrame,
    infants: pl.DataFrame,
    missing: Missing,
) -> HealthTables:
    """Return the tables with values missing by their models.

    Args:
        mhsds: The tables of the mental health extract by name.
        msds: The two maternity tables by name.
        women: As `facts_of_women` gives them.
        infants: One row per baby.
        missing: Draws what is missing and lists the models.
    """
    patients = mhsds["MHS001MPI"]
    for variable, column in (
        ("marital_status", "MaritalStatus"),
        ("ethnic_category", "EthnicCategory"),
        ("lsoa", "LSOA2021"),
    ):
        patients = _blanked(patients, column, "Person_ID", women.filter(missing.flags(variable, women))["Person_ID"])
    found = {**mhsds, "MHS001MPI": patients}
    found["MHS604PrimDiag"] = _undiagnosed(mhsds, women, missing)
    secondary = mhsds["MHS605SecDiag"]
    abused = women.filter("has_domestic_abuse")
    silent = abused.filter(missing.flags("domestic_abuse", abused))["Person_ID"]
    code = pl.col("SecDiag").str.replace(".", "", literal=True)
    told = code.is_in(list(ABUSE_CODES)) & pl.col("Person_ID").is_in(silent.implode())
    found["MHS605SecDiag"] = secondary.filter(~told)
    return HealthTables(found, _with_gaps_in_maternity(msds, women, infants, missing))


def _blanked(table: pl.DataFrame, column: str, key: str, ids: pl.Series) -> pl.DataFrame:
    gone = pl.DataFrame({key: ids.unique().sort()}).with_columns(gone=pl.lit(value=True))
    rows = table.join(gone, on=key, how="left", maintain_order="left")
    return rows.with_columns(pl.when(pl.col("gone").is_null()).then(column).alias(column)).drop("gone")


def _undiagnosed(mhsds: Mapping[str, pl.DataFrame], women: pl.DataFrame, missing: Missing) -> pl.DataFrame:
    """Return primary diagnoses without those of the referrals that have none."""
    table = mhsds["MHS604PrimDiag"]
    teams = mhsds["MHS101Referral"].select("UniqServReqID", "CareProfTeamLocalID").unique("UniqServReqID", keep="first")
    facts = table.select("UniqServReqID", "Person_ID", "PrimDiag").sort("UniqServReqID")
    facts = facts.unique("UniqServReqID", keep="first", maintain_order=True)
    facts = facts.join(teams, on="UniqServReqID", how="left", maintain_order="left")
    facts = facts.join(women, on="Person_ID", how="left", maintain_order="left").with_columns(
        is_crisis_team=pl.col("CareProfTeamLocalID").str.ends_with(CRISIS_TEAM).fill_null(value=False),
        is_personality_disorder=pl.col("PrimDiag").str.contains("^F6[01]"),
    )
    gone = facts.filter(missing.flags("diagnosis", facts)).select("UniqServReqID")
    return table.join(gone, on="UniqServReqID", how="anti", maintain_order="left")


def _with_gaps_in_maternity(
    msds: Mapping[str, pl.DataFrame], women: pl.DataFrame, infants: pl.DataFrame, missing: Missing
) -> dict[str, pl.DataFrame]:
    born = infants.join(women.select("woman", "age_decades"), on="woman", maintain_order="left").with_columns(
        is_preterm=pl.col("gestation_days") < PRETERM_DAYS, is_first_birth=pl.col("parity") == 0
    )
    untimed = born.filter(missing.flags("gestation", born))["baby_id"]
    babies = _blanked(msds["MSD401BabyDemographics"], "GestationLengthBirth", "Person_ID_Baby", untimed)
    keys = msds["MSD401BabyDemographics"].select("UniqPregID", baby_id="Person_ID_Baby").unique("baby_id", keep="first")
    pregnancies = born.join(keys, on="baby_id", how="inner", maintain_order="left")
    pregnancies = pregnancies.unique("UniqPregID", keep="first", maintain_order=True)
    uncounted = pregnancies.filter(missing.flags("parity", pregnancies))["UniqPregID"]
    bookings = _blanked(msds["MSD101PregnancyBooking"], "PreviousLiveBirths", "UniqPregID", uncounted)
    return {**msds, "MSD401BabyDemographics": babies, "MSD101PregnancyBooking": bookings}
