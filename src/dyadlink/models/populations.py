"""Who a model analyses, and what ends the time at risk."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Population:
    """A named subset of the analysis table, with the words a report uses for it."""

    description: str
    is_member: pl.Expr


POPULATIONS: dict[str, Population] = {
    "all": Population("all dyads", pl.lit(True)),
    "observed_at_t3": Population("dyads observed one year after the index discharge", pl.col("o2").is_not_null()),
    "at_risk_of_plan": Population(
        "infants in the mother's custody and on no plan at the index discharge", pl.col("o3_at_risk")
    ),
    "in_custody_at_t2": Population("infants in the mother's custody at the index discharge", pl.col("o4_at_risk")),
}

CAUSES: dict[str, tuple[str, ...]] = {
    "o3": ("child_protection_plan", "custody_loss", "death"),
    "o4": ("custody_loss", "death"),
}
"""Events that end the time at risk, the outcome itself first; the others compete with it."""

NEGATIVE_CONTROL = "negative_control"

OUTCOME_COLUMNS: dict[str, pl.Expr] = {
    **{outcome: pl.col(outcome) for outcome in ("o1", "o2", "o3", "o4")},
    NEGATIVE_CONTROL: pl.col("infant_sex") == "female",
}
"""Whether a dyad had the outcome, null if that is not known. The negative control is the infant's sex: settled at
conception, before anything that a model explains it by could act on it."""

OUTCOME_SOURCES: dict[str, str] = {NEGATIVE_CONTROL: "infant_sex"}
"""Covariates that an outcome is made of: no term of its model."""

TIME_FAMILIES = frozenset({"cox", "fine_gray"})
"""Families of models that follow dyads over time; the others ask whether the outcome was there, with an intercept."""

OUTCOME_POPULATIONS: dict[str, frozenset[str]] = {
    "o1": frozenset(POPULATIONS),
    "o2": frozenset({"observed_at_t3"}),
    "o3": frozenset({"at_risk_of_plan"}),
    "o4": frozenset({"in_custody_at_t2", "at_risk_of_plan"}),
    NEGATIVE_CONTROL: frozenset(POPULATIONS),
}
"""Populations in which each outcome is defined."""
