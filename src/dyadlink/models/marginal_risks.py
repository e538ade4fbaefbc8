"""Risks that logistic models give if everybody were at one level, their differences and their ratios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from dyadlink.estimates import MarginalRisks
from dyadlink.intervals import Z_95
from dyadlink.models.censoring_weights import select_weighed
from dyadlink.models.design import Design, Floats, build_design, count_levels, list_parameters
from dyadlink.models.firth import with_flic
from dyadlink.models.fit import Fit
from dyadlink.models.guards import explain_problem
from dyadlink.models.methods import choose_method
from dyadlink.models.populations import NEGATIVE_CONTROL
from dyadlink.models.specification import ModelSpec
from dyadlink.schemas import check_table

Figures = tuple[float, float, float, float]
"""Estimate, standard error, and the ends of the 95% interval."""


def estimate_marginal_risks(analysis: pl.DataFrame, specs: Sequence[ModelSpec]) -> pl.DataFrame:
    """Standardised risks of each logistic model of complete cases, adjusted in full, that takes the links for certain.

    Those of the study's own definitions and outcomes: no alternative, landmark or negative control.

    The model's dyads are all set to a level of one term, everything else as it is, and their predicted risks averaged
    (with their weights, where they have such). Intervals by the delta method with the model's covariance, the
    covariates of these dyads taken as given: of a risk on the logit scale, of a ratio on the log scale. Firth's
    estimates get the intercept that makes predicted risks add up (FLIC), and a covariance that is not clustered.
    A linear term has a difference and a ratio for one step up from where each dyad is; a term that is neither linear
    nor of levels has no rows.

    Args:
        analysis: A table that obeys `Analysis`.
        specs: The models, see `load_models`.

    Returns:
        One row per (model, term, level, quantity), the reference level first; columns as in `MarginalRisks`. A model
        without estimates has rows without figures.
    """
    rows = [row for spec in specs if _has_risks(spec) for row in _model_rows(analysis, spec)]
    frame = pl.DataFrame(rows, schema=MarginalRisks.create_empty().schema)
    return check_table(frame, MarginalRisks, "marginal_risks")


def _has_risks(spec: ModelSpec) -> bool:
    plans = (spec.linkage.plan, spec.missing.plan, spec.adjustment, spec.alternative)
    is_plain = plans == ("as_linked", "complete_case", "full", "") and not spec.has_readmission
    return is_plain and spec.family in {"logistic", "firth"} and spec.outcome != NEGATIVE_CONTROL


def _model_rows(analysis: pl.DataFrame, spec: ModelSpec) -> list[dict[str, Any]]:
    cases = select_weighed(analysis, spec).cases
    design = build_design(cases.frame, list_parameters(analysis, spec.terms), spec.cluster)
    method = choose_method(spec, design)
    fit = None if explain_problem(design, method.family) else method.fit(design)
    if fit is not None and method.family == "firth" and not fit.problem:
        fit = with_flic(design, fit)
    told = {
        **spec.model_dump(include={"role", "outcome", "population"}),
        "model": spec.name,
        "method": method.word,
        "weighting": spec.weights.plan,
        "n": len(design.event),
        "n_events": int(design.event.sum()),
        "n_parameters": len(design.parameters) + 1,
    }
    risks = None if fit is None or fit.problem else Standardised(design, fit)
    terms = dict.fromkeys(parameter.term for parameter in design.parameters)
    return [told | row for term in terms for row in _term_rows(design, term, risks)]


def _term_rows(design: Design, term: str, risks: Standardised | None) -> Iterator[dict[str, Any]]:
    places = [index for index, parameter in enumerate(design.parameters) if parameter.term == term]
    first = design.parameters[places[0]]
    if first.kind == "linear":
        for quantity in ("difference", "ratio"):
            figures = risks.compare(quantity, (places[0], 1.0), None) if risks else None
            yield _row(design, places[0], "", quantity, figures)
    if first.kind not in {"binary", "categorical"}:
        return
    reference = (places[0], 0.0)
    yield _row(design, places[0], first.reference, "risk", risks.risk(reference) if risks else None)
    for place in places:
        level = (place, 1.0)
        yield _row(design, place, design.parameters[place].level, "risk", risks.risk(level) if risks else None)
        for quantity in ("difference", "ratio"):
            figures = risks.compare(quantity, level, reference) if risks else None
            yield _row(design, place, design.parameters[place].level, quantity, figures)


def _row(design: Design, place: int, level: str, quantity: str, figures: Figures | None) -> dict[str, Any]:
    parameter = design.parameters[place]
    n_level, n_events_level, n_reference, n_events_reference = count_levels(design, place) or (None,) * 4
    if quantity == "risk" and level == parameter.reference:
        n_level, n_events_level = n_reference, n_events_reference
    return {
        "term": parameter.term,
        "level": level,
        "reference": parameter.reference,
        "quantity": quantity,
        **dict(zip(("estimate", "std_error", "conf_low", "conf_high"), figures or (None,) * 4, strict=True)),
        "n_level": n_level,
        "n_events_level": n_events_level,
        "n_reference": n_reference,
        "n_events_reference": n_events_reference,
    }


@dataclass(frozen=True)
class Setting:
    """Everybody at one level: the average risk, and how it moves with each coefficient, the intercept first."""

    risk: float
    slope: Floats


class Standardised:
    """Average risks of the dyads of a fitted logistic model under levels that they are set to.

    A setting is the place of a parameter and what its column becomes: 1 for its level, 0 for the reference of its
    term; of a linear term, what is added to it. Nothing: everybody as they are.
    """

    def __init__(self, design: Design, fit: Fit) -> None:
        """Take a fit with an intercept and a covariance."""
        if fit.intercept is None or fit.covariance is None:
            raise ValueError("a fit without intercept and covariance gives no risks")
        self._design, self._fit, self._covariance = design, fit, fit.covariance
        self._scores = fit.intercept + design.matrix @ fit.coefficients
        weights = np.ones(len(design.event)) if design.weights is None else design.weights
        self._shares = weights / weights.sum()

    def risk(self, at: tuple[int, float] | None) -> Figures:
        """The risk, its standard error and its interval."""
        setting = self.setting(at)
        error = self._error(setting.slope)
        variance = setting.risk * (1 - setting.risk)
        middle, half = np.log(setting.risk / (1 - setting.risk)), Z_95 * error / variance
        low, high = (float(1 / (1 + np.exp(-end))) for end in (middle - half, middle + half))
        return setting.risk, error, low, high

    def compare(self, quantity: str, at: tuple[int, float], reference: tuple[int, float] | None) -> Figures:
        """The difference, or the ratio (standard error on the log scale), of the risks of two settings."""
        one, other = self.setting(at), self.setting(reference)
        if quantity == "difference":
            value, error = one.risk - other.risk, self._error(one.slope - other.slope)
            return value, error, value - Z_95 * error, value + Z_95 * error
        error = self._error(one.slope / one.risk - other.slope / other.risk)
        value = one.risk / other.risk
        return value, error, float(value * np.exp(-Z_95 * error)), float(value * np.exp(Z_95 * error))

    def setting(self, at: tuple[int, float] | None) -> Setting:
        """The average risk with everybody there."""
        from scipy.special import expit  # noqa: PLC0415 - heavy

        matrix = self._design.matrix if at is None else self._matrix_at(*at)
        scores = self._scores + (matrix - self._design.matrix) @ self._fit.coefficients
        risks = expit(scores)
        changes = self._shares * risks * (1 - risks)
        return Setting(float(self._shares @ risks), np.concatenate([[changes.sum()], changes @ matrix]))

    def _matrix_at(self, place: int, value: float) -> Floats:
        parameters = self._design.parameters
        matrix = self._design.matrix.copy()
        if parameters[place].kind == "linear":
            matrix[:, place] += value
            return matrix
        matrix[:, [index for index, other in enumerate(parameters) if other.term == parameters[place].term]] = 0.0
        matrix[:, place] = value
        return matrix

    def _error(self, slope: Floats) -> float:
        return float(np.sqrt(slope @ self._covariance @ slope))
