"""Completed data sets of a model: links drawn, and outcomes drawn where the links cannot tell them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from dyadlink.models.design import Design, build_design, list_parameters, select_cases
from dyadlink.models.linkage_error.chances import draw_chance, is_at_level
from dyadlink.models.linkage_error.evidence import LinkEvidence
from dyadlink.models.linkage_error.matchings import Flags, Floats
from dyadlink.models.linkage_error.outcome_probabilities import fit_probabilities
from dyadlink.models.linkage_error.pair_outcomes import PairOutcomes, read_outcome
from dyadlink.models.linkage_plans import (
    BiasAnalysis,
    PriorInformedImputation,
    SampledLinks,
    chances_of,
)
from dyadlink.models.specification import ModelSpec

CLUSTER = "mother_number"
BURN_IN = 5
"""Rounds of links and outcome model in turn before the first completed data set is kept."""


def complete_designs(spec: ModelSpec, evidence: LinkEvidence) -> Iterator[Design]:
    """The designs of a model in m completed data sets, by its plan."""
    drawn: dict[type[Any], Callable[..., Iterator[Design]]] = {
        SampledLinks: _sample_links,
        PriorInformedImputation: _impute_with_prior,
        BiasAnalysis: _analyse_bias,
    }
    return drawn[type(spec.linkage)](spec, spec.linkage, evidence)


def _sample_links(spec: ModelSpec, plan: SampledLinks, evidence: LinkEvidence) -> Iterator[Design]:
    rng = np.random.default_rng(plan.seed)
    for chosen in islice(evidence.matchings.draw_sets(evidence.odds, rng), plan.m):
        yield _Status(evidence.analysis_of(chosen), spec, evidence).design


def _impute_with_prior(spec: ModelSpec, plan: PriorInformedImputation, evidence: LinkEvidence) -> Iterator[Design]:
    """Gibbs sampling: the outcome model given the links, the links given the model, the unfound outcomes given both.

    Source: Goldstein, Harron & Wade 2012, Stat Med 31:3481, with 'none of the candidates' among the choices; the
    formulas stand in docs/explanation/linkage-error.md.
    """
    rng = np.random.default_rng(plan.seed)
    dyads = _Dyads.of(spec, evidence.analysis)
    status = _Status(evidence.analysis, spec, evidence)
    pairs = PairOutcomes.of(spec, evidence, status.has_terms)
    for step in range(BURN_IN + plan.m):
        found = draw_chance(plan.findable, evidence.analysis, rng)
        weights = dyads.resample(rng) * status.is_known
        linked = fit_probabilities(dyads.matrix, status.is_linked, weights)
        event_if_linked = fit_probabilities(dyads.matrix, status.event, weights * status.is_linked)
        event = fit_probabilities(dyads.matrix, status.event, weights, sensitivity=found)
        share_linked = float(np.average(status.is_linked, weights=weights))
        odds = evidence.odds * pairs.bayes_factors(linked, event_if_linked, share_linked)
        chosen = next(evidence.matchings.draw_sets(odds, rng))
        status = _Status(evidence.analysis_of(chosen), spec, evidence)
        if step >= BURN_IN:
            missed = ~status.is_linked & (rng.random(len(event)) * (1 - linked) < (1 - found) * event)
            yield status.with_outcomes(added=missed, removed=np.zeros_like(missed), rng=rng)


def _analyse_bias(spec: ModelSpec, plan: BiasAnalysis, evidence: LinkEvidence) -> Iterator[Design]:
    """Outcomes drawn from their predictive values, which follow from sensitivity and specificity.

    Source: Fox, MacLehose & Lash 2021, probabilistic bias analysis of each record; the predictive values given the
    covariates are those of Magder & Hughes 1997. Only a dyad without a link can have an outcome that was missed.
    """
    rng = np.random.default_rng(plan.seed)
    dyads = _Dyads.of(spec, evidence.analysis)
    status = _Status(evidence.analysis, spec, evidence)
    for _ in range(plan.m):
        sensitivity, specificity = (
            draw_chance(chance, evidence.analysis, rng) for chance in (plan.sensitivity, plan.specificity)
        )
        weights = dyads.resample(rng) * status.is_known
        linked = fit_probabilities(dyads.matrix, status.is_linked, weights)
        event = fit_probabilities(dyads.matrix, status.event, weights, sensitivity, specificity)
        false = (1 - specificity) * (1 - event)
        removed = status.event & (rng.random(len(event)) * (false + sensitivity * event) < false)
        missed = ~status.is_linked & ~status.event
        added = missed & (rng.random(len(event)) * (1 - linked) < (1 - sensitivity) * event)
        design = status.with_outcomes(added=added, removed=removed, rng=rng)
        if plan.selection:
            shares = [
                draw_chance(chance, status.frame, rng)
                for chance in (plan.selection.with_outcome, plan.selection.without_outcome)
            ]
            design = _stand_for_more(design, 1 / np.where(design.event, *shares), rng)
        yield design


def _stand_for_more(design: Design, times: Floats, rng: np.random.Generator) -> Design:
    """Each dyad as often as the dyads it stands for, itself included; its mother is still one cluster."""
    whole = np.floor(times)
    copies = (whole + (rng.random(len(times)) < times - whole)).astype(np.int64)
    rows = np.repeat(np.arange(len(times)), copies)
    return replace(
        design,
        matrix=design.matrix[rows],
        event=design.event[rows],
        days=design.days[rows],
        clusters=design.clusters[rows],
        competing=None if design.competing is None else design.competing[rows],
        strata=None if design.strata is None else design.strata[rows],
    )


@dataclass(frozen=True)
class _Dyads:
    """The covariates of the imputation model, for all dyads in order; zero where a term is not known."""

    matrix: Floats
    mothers: np.ndarray[Any, np.dtype[np.int64]]

    @classmethod
    def of(cls, spec: ModelSpec, analysis: pl.DataFrame) -> _Dyads:
        """The terms of the model, and each level whose probability of being found differs."""
        names = [term.name for term in spec.terms]
        known = analysis.select(pl.all_horizontal(pl.col(names).is_not_null())).to_series().to_numpy()
        complete = analysis.filter(pl.Series(known)).with_columns(event=pl.lit(value=False), days=pl.lit(0.0))
        design = build_design(complete, list_parameters(analysis, spec.terms), CLUSTER)
        matrix = np.zeros((analysis.height, design.matrix.shape[1]))
        matrix[known] = design.matrix
        levels = dict.fromkeys(
            (column, level)
            for chance in chances_of(spec.linkage)
            for column, ratios in chance.odds_ratios.items()
            for level in ratios
        )
        groups = [is_at_level(analysis, column, level) for column, level in levels]
        return cls(np.column_stack([matrix, *groups]), analysis.get_column(CLUSTER).to_numpy())

    def resample(self, rng: np.random.Generator) -> Floats:
        """How often each dyad counts when mothers are drawn with replacement: the model's own uncertainty."""
        _, number = np.unique(self.mothers, return_inverse=True)
        n_mothers = int(number.max()) + 1
        return np.bincount(rng.integers(n_mothers, size=n_mothers), minlength=n_mothers)[number].astype(np.float64)


class _Status:
    """What one set of links says of each dyad, in dyad order, and the design of the model under it."""

    def __init__(self, analysis: pl.DataFrame, spec: ModelSpec, evidence: LinkEvidence) -> None:
        cases = select_cases(analysis, spec)
        self.frame = cases.frame
        self.design = build_design(cases.frame, list_parameters(evidence.analysis, spec.terms), CLUSTER)
        self.places = np.searchsorted(
            analysis.get_column("dyad_id").to_numpy(), cases.frame.get_column("dyad_id").to_numpy()
        )
        self.is_linked: Flags = analysis.get_column("is_linked").to_numpy()
        event, is_known = read_outcome(analysis, spec)
        names = [term.name for term in spec.terms]
        self.has_terms = analysis.select(pl.all_horizontal(pl.col(names).is_not_null())).to_series().to_numpy()
        self.event = event
        self.is_known = is_known & self.has_terms

    def with_outcomes(self, added: Flags, removed: Flags, rng: np.random.Generator) -> Design:
        """The design with outcomes added and removed (both of all dyads, in order).

        ASSUME: an added event falls on the day of another dyad's, drawn at random, and is none if the dyad had left
        by then; a dyad whose event is removed is followed to the last day that any is.
        """
        design = self.design
        added, removed = added[self.places], removed[self.places]
        days = design.days.copy()
        if days.any() and design.event.any():
            drawn = rng.choice(design.days[design.event], size=len(days))
            added = added & (drawn < days)
            days[added] = drawn[added]
            days[removed] = design.days.max()
        return replace(design, event=(design.event | added) & ~removed, days=days)
