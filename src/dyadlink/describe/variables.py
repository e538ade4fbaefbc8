"""What the descriptive tables show, in the order a reader meets it. Data, not code."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dyadlink.schemas import CSC_LEVELS

YES_NO = ("yes", "no")
MISSING = "missing"
TOTAL = "total"


@dataclass(frozen=True)
class Variable:
    """A column of the analysis table and the levels that its table always shows.

    Attributes:
        name: Column.
        levels: Levels in reading order, shown even when nobody has them; none when they are configured by the
            user and so taken from the table.
        ordered_by: Column whose least value orders the levels taken from the table.
    """

    name: str
    levels: tuple[str, ...] = ()
    ordered_by: str = ""


@dataclass(frozen=True)
class Grouping:
    """One table: who is in it, and the Boolean outcome that splits it into yes and no."""

    table: str
    outcome: str
    population: pl.Expr


@dataclass(frozen=True)
class TableSpec:
    """A set of tables of the same variables."""

    groupings: tuple[Grouping, ...]
    variables: tuple[Variable, ...]
    medians: tuple[str, ...]


CHARACTERISTICS = TableSpec(
    groupings=(
        Grouping("characteristics_by_o1", "o1", pl.lit(True)),
        Grouping("characteristics_by_o2", "o2", pl.lit(True)),
        Grouping("characteristics_by_custody_loss", "o4", pl.col("o4_at_risk")),
        Grouping("characteristics_by_plan", "o3", pl.col("o3_at_risk")),
    ),
    variables=(
        Variable("country", ("England", "Wales")),
        Variable("maternal_age_band", ordered_by="maternal_age_years"),
        Variable("ethnicity", ("white", "black", "asian", "mixed", "other")),
        Variable("deprivation_quintile", ("1", "2", "3", "4", "5")),
        Variable("is_single", YES_NO),
        Variable("parity", ("0", "1", "2+")),
        Variable(
            "diagnosis_group",
            (
                "depression",
                "bipolar",
                "schizophrenia_spectrum",
                "puerperal_psychosis",
                "anxiety_stress",
                "personality_disorder",
                "substance",
                "other",
            ),
        ),
        Variable("has_comorbid_personality_disorder", YES_NO),
        Variable("has_comorbid_substance_use", YES_NO),
        Variable("has_domestic_abuse", YES_NO),
        Variable("has_childhood_trauma", YES_NO),
        Variable("has_prior_admission", YES_NO),
        Variable("is_detained", YES_NO),
        Variable("service_type", ("mbu", "ward", "crht")),
        Variable("infant_sex", ("female", "male")),
        Variable("is_preterm", YES_NO),
        Variable("is_multiple_birth", YES_NO),
    ),
    medians=("maternal_age_years", "infant_age_days", "episode_days"),
)


@dataclass(frozen=True)
class Measure:
    """Something that mothers use, counted in a column of `service_use`.

    Attributes:
        name: Column.
        unit: `events`, or `days`, which come in runs and have no interval.
        part_of: The measure that it is a part of, where its share is asked.
    """

    name: str
    unit: str = "events"
    part_of: str | None = None


SERVICE_PERIODS = ("pregnancy_to_birth", "birth_to_t1", "t1_to_t2", "t2_to_t3")

SERVICE_MEASURES = (
    Measure("n_bed_days", "days"),
    Measure("n_mbu_days", "days"),
    Measure("n_ward_days", "days"),
    Measure("n_home_treatment_days", "days"),
    Measure("n_contacts"),
    Measure("n_perinatal_referrals"),
    Measure("n_perinatal_contacts"),
    Measure("n_parent_infant_referrals"),
    Measure("n_parent_infant_contacts"),
    Measure("n_group_sessions_offered"),
    Measure("n_group_sessions_attended", part_of="n_group_sessions_offered"),
)

SERVICE_MEDIANS = ("n_bed_days", "n_home_treatment_days", "n_contacts")
"""Measures whose median is given, among those with at least one."""

SERVICE_NEEDS = (
    Variable("has_discharge_follow_up", (*YES_NO, "readmitted_or_died")),
    Variable("has_readmission", YES_NO),
    Variable("perinatal_team", ("not_referred", "never_seen", "seen")),
    Variable("parent_infant_team", ("not_referred", "never_seen", "seen")),
)

NOT_OBSERVED = "not_observed"
NOT_AT_RISK = "not_at_risk"

OUTCOMES: tuple[Variable, ...] = (
    Variable("o1", YES_NO),
    Variable("csc_level_episode", CSC_LEVELS),
    Variable("o2", (*YES_NO, NOT_OBSERVED)),
    Variable("o2_any", (*YES_NO, NOT_OBSERVED)),
    Variable("is_on_plan_at_t2", YES_NO),
    Variable("o3", (*YES_NO, NOT_OBSERVED, NOT_AT_RISK)),
    Variable("o3_at_t3", (*YES_NO, NOT_OBSERVED)),
    Variable("is_custody_lost_by_t2", YES_NO),
    Variable("o4", (*YES_NO, NOT_OBSERVED, NOT_AT_RISK)),
    Variable("o4_at_t3", (*YES_NO, NOT_OBSERVED)),
    Variable("o4_any", (*YES_NO, NOT_OBSERVED)),
    Variable(
        "return_event",
        ("returned", "left_care_otherwise", "permanently_elsewhere", "death", "censored", NOT_AT_RISK),
    ),
)

AT_RISK = {
    "o3": pl.col("o3_at_risk"),
    "o4": pl.col("o4_at_risk"),
    "return_event": pl.col("return_event").is_not_null(),
}
"""Who can have the outcome at all."""

CSC_LEVEL_TIMES: tuple[Variable, ...] = (
    Variable("csc_level_birth", CSC_LEVELS),
    Variable("csc_level_t1", CSC_LEVELS),
    Variable("csc_level_t2", CSC_LEVELS),
    Variable("csc_level_t3", (*CSC_LEVELS, NOT_OBSERVED)),
)
