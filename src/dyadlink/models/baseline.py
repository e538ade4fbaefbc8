"""Which columns of the analysis table may explain an outcome: those known at T1."""

from __future__ import annotations

import re
from typing import Any

import dataframely as dy

from dyadlink.errors import ConfigError
from dyadlink.schemas import Analysis

# ASSUME: service_type counts as baseline, as in the seed study, although a transfer after T1 can set it.
BASELINE_COLUMNS = frozenset(
    {
        "country",
        "la_code",
        "maternal_age_years",
        "maternal_age_band",
        "ethnicity",
        "deprivation_quintile",
        "deprivation",
        "is_single",
        "parity",
        "diagnosis_group",
        "has_comorbid_personality_disorder",
        "has_comorbid_substance_use",
        "has_domestic_abuse",
        "has_childhood_trauma",
        "has_prior_admission",
        "is_detained",
        "service_type",
        "infant_sex",
        "is_preterm",
        "is_multiple_birth",
        "infant_age_days",
    }
)
"""An allow-list: a column added to the analysis table is refused as a term until it is named here."""

NUMBERS = frozenset({"linear", "spline"})
"""Kinds of terms that are numbers; the others are levels."""

_KIND_TYPES: dict[str, tuple[type[Any], ...]] = {
    "linear": (dy.Int64, dy.Float64),
    "spline": (dy.Int64, dy.Float64),
    "binary": (dy.Bool,),
    "categorical": (dy.String, dy.Int64),
}


def check_baseline_column(name: str, kind: str, reference: str, where: str) -> None:
    """Accept a term, or say why it cannot be one.

    Raises:
        ConfigError: The term is no column of the analysis table, is not known at T1 (an outcome, a state at a
            timepoint, a post-baseline exposure such as readmission: immortal-time bias, Suissa 2008), or its
            kind or reference level does not fit the column.
    """
    _check_known_at_t1("term", name, where)
    if not isinstance(Analysis.columns()[name], _KIND_TYPES[kind]):
        raise ConfigError(f"term '{name}' cannot be {kind}", where=where, mend="correct its kind")
    if kind == "categorical":
        check_level(name, reference, where)


def check_stratum(name: str, where: str) -> None:
    """Accept a column to stratify by, or say why it cannot be one.

    Raises:
        ConfigError: As of a term; or the column holds a quantity, not levels.
    """
    _check_known_at_t1("stratum", name, where)
    if not isinstance(Analysis.columns()[name], dy.String | dy.Bool):
        raise ConfigError(f"stratum '{name}' holds no levels", where=where, mend="stratify by a column of levels")


def _check_known_at_t1(part: str, name: str, where: str) -> None:
    if name not in Analysis.columns():
        raise ConfigError(
            f"{part} '{name}' is not a column of the analysis table",
            where=where,
            mend="use a column name of the data dictionary",
        )
    if name not in BASELINE_COLUMNS:
        raise ConfigError(
            f"{part} '{name}' is no baseline covariate: an identifier, an outcome, or known only after T1",
            where=where,
            mend="use a covariate known at T1",
        )


def check_level(name: str, level: str, where: str) -> None:
    """Accept a level of a column, or say that the column cannot have it.

    Raises:
        ConfigError: The column's contract lists its levels, and this is none of them.
    """
    column = Analysis.columns()[name]
    pattern = "yes|no" if isinstance(column, dy.Bool) else getattr(column, "regex", None)
    if pattern and not re.fullmatch(pattern, level):
        raise ConfigError(
            f"column '{name}' has no level '{level}'", where=where, mend="use a level of the data dictionary"
        )
