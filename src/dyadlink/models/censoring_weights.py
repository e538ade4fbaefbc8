"""Inverse-probability-of-censoring weights of models that ask what had happened by the end of follow-up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from dyadlink.models.cox import fit_cox
from dyadlink.models.design import Cases, Design, Floats, build_design, count_levels, list_parameters, select_cases
from dyadlink.models.guards import explain_problem
from dyadlink.models.populations import POPULATIONS
from dyadlink.models.specification import ModelSpec, Term
from dyadlink.models.weight_plans import CensoringWeights

_BANDS = (1.5, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Weighed:
    """The dyads of a model with what they count for, and what the reader must know of it.

    Attributes:
        cases: As `select_cases` gives them; of a model with weights their frame has the column `weight`.
        remarks: What the weights rest on and how large they get; none of a model without weights.
    """

    cases: Cases
    remarks: tuple[str, ...] = ()


def select_weighed(analysis: pl.DataFrame, spec: ModelSpec) -> Weighed:
    """The dyads that a model analyses, weighted for those lost to follow-up where its row asks for it.

    A dyad's weight is the inverse of its chance of not having been lost by the day on which its outcome was settled: by
    the event modelled, by a competing one (a known "no"), or by the end of follow-up (Robins & Finkelstein 2000,
    Biometrics 56:779). Events of a day come before losses of that day. The weights are not stabilised: a numerator that
    went with the day would bring back a part of what they take away.
    """
    cases = select_cases(analysis, spec)
    if not isinstance(spec.weights, CensoringWeights):
        return Weighed(cases)
    if cases.frame.is_empty():
        # A route that does not tell the outcome leaves nobody to weigh.
        return Weighed(replace(cases, frame=cases.frame.with_columns(weight=pl.lit(1.0))))
    followed = analysis.filter(POPULATIONS[spec.population].is_member).drop_nulls(spec.covariates).sort("dyad_id")
    is_lost = pl.col(spec.outcome).is_null()
    timed = followed.with_columns(event=is_lost, days=pl.col(f"{spec.outcome}_days") + 0.5 * is_lost.cast(pl.Float64))
    terms = spec.terms if spec.weights.by == "terms" else tuple(_term(analysis, name) for name in spec.weights.by)
    staying, words = chances_of_staying(build_design(timed, list_parameters(analysis, terms), "mother_number"))
    weights = 1 / staying[timed["event"].not_().to_numpy()]
    if spec.weights.truncate_above is not None:
        weights = np.minimum(weights, np.percentile(weights, spec.weights.truncate_above))
        words += f", cut at percentile {spec.weights.truncate_above:.1f}"
    frame = cases.frame.with_columns(weight=pl.Series(weights, dtype=pl.Float64))
    return Weighed(replace(cases, frame=frame), (words, _largest(weights)))


def chances_of_staying(design: Design) -> tuple[Floats, str]:
    """Each dyad's chance of not having been lost before its day, and what it rests on, in words.

    By a Cox model of the time to loss with Efron's ties and his estimate of the baseline hazard (R's `survfit` of a
    `coxph`); a level at which nobody was lost counts with the reference. Without covariates, or where there are too few
    losses for a model, by the Kaplan-Meier curve of all.

    Args:
        design: Of all who were followed: `event` says who was lost, `days` when (half a day after the events of that
            day), or when the outcome was settled.
    """
    modelled = _with_losses(design)
    if modelled.parameters and not explain_problem(modelled, "cox"):
        fit = fit_cox(modelled)
        if not fit.problem:
            ratios = np.exp((modelled.matrix - modelled.matrix.mean(axis=0)) @ fit.coefficients)
            return np.exp(
                -ratios * _before(modelled, _efron_steps(modelled, ratios).cumsum())
            ), "weights by a Cox model"
    curve = np.log1p(-_counts(design)[0] / _counts(design)[1]).cumsum()
    words = "weights by one Kaplan-Meier curve"
    return np.exp(_before(design, curve)), f"{words}: too few lost to model" if design.parameters else words


def _with_losses(design: Design) -> Design:
    """The design without the levels at which all or none were lost, and without terms whose reference is such."""
    counts = [count_levels(design, index) for index in range(len(design.parameters))]
    keep = [
        index
        for index, four in enumerate(counts)
        if (np.ptp(design.matrix[:, index]) > 0 if four is None else 0 < four[1] < four[0] and 0 < four[3] < four[2])
    ]
    parameters = tuple(design.parameters[index] for index in keep)
    return replace(design, parameters=parameters, matrix=design.matrix[:, keep])


def _counts(design: Design) -> tuple[Floats, Floats]:
    """Of each day with a loss: losses, and dyads still followed."""
    days, losses = np.unique(design.days[design.event], return_counts=True)
    return losses.astype(np.float64), len(design.days) - np.searchsorted(np.sort(design.days), days).astype(np.float64)


def _efron_steps(design: Design, ratios: Floats) -> Floats:
    """Of each day with a loss, by how much the baseline cumulative hazard rises."""
    order = np.argsort(design.days, kind="stable")
    days, places, losses = np.unique(design.days[design.event], return_inverse=True, return_counts=True)
    still = np.concatenate([ratios[order][::-1].cumsum()[::-1], [0.0]])
    at_risk = still[np.searchsorted(design.days[order], days)]
    tied = np.bincount(places, ratios[design.event], len(days))
    step = np.repeat(np.arange(len(days)), losses)
    share = (np.arange(len(step)) - np.repeat(np.cumsum(losses) - losses, losses)) / losses[step]
    return np.asarray(np.bincount(step, 1 / (at_risk[step] - share * tied[step]), len(days)), dtype=np.float64)


def _before(design: Design, curve: Floats) -> Floats:
    """Of each dyad, the value of a step curve just before its day."""
    places = np.searchsorted(np.unique(design.days[design.event]), design.days)
    return np.concatenate([[0.0], curve])[places]


def _term(analysis: pl.DataFrame, name: str) -> Term:
    kind = analysis.schema[name]
    if kind == pl.Boolean:
        return Term(name=name, kind="binary")
    if kind.is_numeric():
        return Term(name=name, kind="linear")
    # Which level is the reference changes no chance.
    levels = analysis.get_column(name).drop_nulls().sort()
    return Term(name=name, kind="categorical", reference=levels.first() or "none")


def _largest(weights: Floats) -> str:
    """The band of the largest weight: the weight itself would tell how many were followed, and lost, at the end."""
    largest = weights.max(initial=1.0)
    band = next((f"below {limit:.1f}" for limit in _BANDS if largest < limit), f"{_BANDS[-1]:.1f} or more")
    return f"the largest weight is {band}"
