"""Reasons why a model cannot be estimated, found before it is fitted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from dyadlink.models.cox import find_levels_without_events
from dyadlink.models.design import Design, count_levels
from dyadlink.models.logistic import find_separated_terms
from dyadlink.models.populations import TIME_FAMILIES
from dyadlink.models.sums import has_full_rank

MINIMUM_EVENTS = 10
MINIMUM_AUTHORITIES = 10
READ_WITH_CAUTION = 10.0
"""Events per parameter below which a model says so (Peduzzi et al. 1996)."""


def explain_problem(design: Design, family: str) -> str:
    """Why the model has no estimates, in plain words; empty when it can be fitted. Firth's penalty bears separation.

    The words name terms and levels, hold no count, and do not tell a cell of nobody from a small one: a note
    is text, which no rounding or suppression of counts reaches.
    """
    checks: tuple[Callable[[Design, str], str], ...] = (
        _weighted_firth,
        _too_few_events,
        _constant_term,
        _empty_level,
        _singular,
        _no_finite_estimate,
    )
    return next((problem for check in checks if (problem := check(design, family))), "")


def events_per_parameter(design: Design, family: str) -> float:
    """Events for each coefficient, the intercept not counted (Riley et al. 2020).

    A model without time counts the rarer of the outcome and its absence.
    """
    n_events = int(design.event.sum())
    rarer = n_events if family in TIME_FAMILIES else min(n_events, len(design.event) - n_events)
    return rarer / len(design.parameters)


def _weighted_firth(design: Design, family: str) -> str:
    if family == "firth" and design.weights is not None:
        return "Firth's penalised likelihood carries no weights"
    return ""


def _too_few_events(design: Design, family: str) -> str:
    n_events = int(design.event.sum())
    if len(design.event) == 0:
        return f"too few {design.units.rows} have every covariate recorded"
    if n_events < MINIMUM_EVENTS:
        return f"fewer than {MINIMUM_EVENTS} {design.units.rows} with the outcome"
    if family not in TIME_FAMILIES and len(design.event) - n_events < MINIMUM_EVENTS:
        return f"fewer than {MINIMUM_EVENTS} {design.units.rows} without the outcome"
    return ""


def _constant_term(design: Design, family: str) -> str:  # noqa: ARG001 - every check has one signature
    ranges = np.ptp(design.matrix, axis=0)
    for index, parameter in enumerate(design.parameters):
        if ranges[index] == 0 and (parameter.kind != "categorical" or not parameter.level):
            return f"{parameter.term} varies too little among the {design.units.rows} of the model"
    return ""


def _empty_level(design: Design, family: str) -> str:  # noqa: ARG001 - every check has one signature
    for index, parameter in enumerate(design.parameters):
        counts = count_levels(design, index)
        if counts and counts[0] == 0:
            return f"too few {design.units.rows} at {parameter.term} = {parameter.level}"
        if counts and counts[2] == 0:
            return f"too few {design.units.rows} at the reference level {parameter.term} = {parameter.reference}"
    return ""


def _singular(design: Design, family: str) -> str:
    n_parameters = len(design.parameters)
    if not has_full_rank(design.matrix):
        return "the terms repeat each other (singular)"
    n_estimated = n_parameters + (family not in TIME_FAMILIES)
    n_clusters = pl.Series(design.clusters).n_unique()
    if design.cluster_by == "la_code":
        # With fewer authorities than parameters no joint test is possible, but each standard error is.
        return f"fewer than {MINIMUM_AUTHORITIES} authorities" if n_clusters < MINIMUM_AUTHORITIES else ""
    if design.is_clustered and n_clusters <= n_estimated:
        return f"no more {design.units.clusters} than parameters: the clustered covariance is singular"
    return ""


def _no_finite_estimate(design: Design, family: str) -> str:
    if family == "firth":
        return ""
    find = find_levels_without_events if family in TIME_FAMILIES else find_separated_terms
    terms = find(design)
    if not terms:
        return ""
    where = ", ".join(terms)
    return f"no finite estimate exists (separation): too few {design.units.rows} with or without the outcome at {where}"
