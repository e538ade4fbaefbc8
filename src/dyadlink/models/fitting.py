"""Fits the prespecified models to the analysis table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from dyadlink.errors import ConfigError
from dyadlink.estimates import Counts, Estimates
from dyadlink.models.design import Cases, Design, build_design, count_levels, list_parameters, select_cases
from dyadlink.models.fit import Fit, no_fit
from dyadlink.models.guards import READ_WITH_CAUTION, events_per_parameter, explain_problem
from dyadlink.models.imputation.completion import count_incomplete, explain_unimputable, impute_frames
from dyadlink.models.inference import Inference, infer_from_completed, infer_from_draws, infer_from_fit
from dyadlink.models.linkage_error.completion import complete_designs
from dyadlink.models.linkage_error.evidence import LinkEvidence
from dyadlink.models.linkage_error.simple_bias import correct_crude_tables
from dyadlink.models.linkage_plans import (
    BiasAnalysis,
    PriorInformedImputation,
    SampledLinks,
    SimpleBiasAnalysis,
    ThresholdGrid,
)
from dyadlink.models.methods import Method, choose_method, fit_once
from dyadlink.models.missing_plans import Imputed
from dyadlink.models.populations import TIME_FAMILIES
from dyadlink.models.specification import ModelSpec
from dyadlink.schemas import check_table

MOST_FAILED = 0.1
"""Share of completed data sets that may lack a fit and be left out, with a note; if more do, there is no estimate."""

CRUDE_TABLE = "crude_table"
"""Method of a simple bias analysis, which fits no model."""


def fit_models(
    analysis: pl.DataFrame, specs: Sequence[ModelSpec], evidence: LinkEvidence | None = None
) -> pl.DataFrame:
    """The coefficients of every model, on the log scale.

    Complete cases, and `note` says how large a part was left out; or, where a model's row asks for it, every dyad of
    known outcome with its missing covariates imputed, pooled by Rubin's rules (its counts by level are then of what
    is recorded). A model that cannot be estimated keeps its
    rows, with null estimates and the reason in `note`. Intervals and p-values are Wald's, from the normal
    distribution, but with Firth's penalty (profile likelihood) and where a linkage plan pools completed data sets
    (Rubin; t distribution) or analyses bias (percentiles, no p-value). Counts of these are those of the links as they
    are.

    Args:
        analysis: A table that obeys `Analysis`.
        specs: The models, see `load_models`.
        evidence: What is known of the links; needed where a model has a linkage plan other than as_linked.

    Returns:
        One row per (model, term, level), reference levels left out, in the order of the models and their
        terms; columns as in `Estimates`.

    Raises:
        ContractError: The result breaks `Estimates` (two models of one name).
        ConfigError: A model has a linkage plan and no evidence is given.
    """
    rows = [row for spec in specs for row in _fit_model(analysis, spec, evidence)]
    frame = pl.DataFrame(rows, schema=Estimates.create_empty().schema)
    return check_table(frame, Estimates, "estimates")


def count_model_dyads(analysis: pl.DataFrame, specs: Sequence[ModelSpec]) -> pl.DataFrame:
    """Dyads of each model's population, by whether and why they were left out; models without a plan alone.

    A linkage plan changes who is left out by a few dyads, and an imputed model leaves out nobody for a covariate, so
    that it repeats the sum of two counts of its complete cases: side by side, such counts would tell of single dyads.

    Returns:
        Table `model_dyads`: one variable per model; levels `analysed`, `outcome_unknown` (follow-up
        incomplete) and `covariate_missing` add up to `total`; group `all`. Columns as in `Counts`.
    """
    rows: list[dict[str, Any]] = []
    for spec in without_plan(specs):
        cases = select_cases(analysis, spec)
        levels = {
            "total": cases.n_population,
            "analysed": cases.frame.height,
            "outcome_unknown": cases.n_without_outcome,
            "covariate_missing": cases.n_without_term,
        }
        key = {"table": "model_dyads", "variable": spec.name, "group": "all"}
        rows += [{**key, "level": level, "n": n} for level, n in levels.items()]
    return check_table(pl.DataFrame(rows, schema=Counts.create_empty().schema), Counts, "model_dyads")


def without_plan(specs: Sequence[ModelSpec]) -> tuple[ModelSpec, ...]:
    """The models of complete cases that take the links for certain."""
    return tuple(spec for spec in specs if spec.has_no_plan)


def _fit_model(analysis: pl.DataFrame, spec: ModelSpec, evidence: LinkEvidence | None) -> list[dict[str, Any]]:
    if isinstance(spec.linkage, ThresholdGrid):
        known = _needed(evidence, spec)
        analysis = known.analysis_of(known.chosen_at(spec.linkage.thresholds[0]))
    cases = select_cases(analysis, spec)
    design = build_design(cases.frame, list_parameters(analysis, spec.terms), "mother_number")
    plan, left_out = spec.linkage, 0
    n_imputed = count_incomplete(cases.frame, spec)
    if isinstance(spec.missing, Imputed) and n_imputed:
        method, fits = _fit_imputed(cases, spec, spec.missing, design)
        fit, inference, left_out = _infer_from_sets(spec, design, fits)
    else:
        method = choose_method(spec, design)
        fit, inference = fit_once(design, method)
    if not fit.problem and isinstance(plan, SimpleBiasAnalysis):
        inference = correct_crude_tables(design, cases.frame, plan)
    elif not fit.problem and isinstance(plan, SampledLinks | PriorInformedImputation | BiasAnalysis):
        fits = [method.fit(each) for each in complete_designs(spec, _needed(evidence, spec))]
        fit, inference, left_out = _infer_from_sets(spec, design, fits)
    remarks = _remarks(cases, design, fit, method)
    if method.family == "firth" and inference.data_sets == 1 and inference.is_wanting:
        remarks.append("the interval or the test of some terms was not found")
    if n_imputed and not fit.problem:
        remarks.append(f"covariates of {_share(n_imputed, cases)} imputed")
    if left_out and not fit.problem:
        remarks.append("completed data sets without a fit are left out")
    told = {
        "method": CRUDE_TABLE if plan.plan == "simple_bias_analysis" else method.word,
        "note": "; ".join(remarks),
    }
    return [_row(spec, design, inference, index) | told for index in range(len(design.parameters))]


def _fit_imputed(cases: Cases, spec: ModelSpec, plan: Imputed, design: Design) -> tuple[Method, list[Fit]]:
    """The fit of every completed data set, all by the method that the first of them asks for."""
    problem = explain_unimputable(cases.frame, spec)
    if problem:
        return Method(spec.family, variance=spec.variance), [no_fit(design, problem)]
    completed = [
        build_design(frame, design.parameters, "mother_number") for frame in impute_frames(cases.frame, spec, plan)
    ]
    method = choose_method(spec, completed[0])
    problems = [explain_problem(each, method.family) for each in completed]
    return method, [
        no_fit(each, problem) if problem else method.fit(each)
        for each, problem in zip(completed, problems, strict=True)
    ]


def _infer_from_sets(spec: ModelSpec, design: Design, fits: Sequence[Fit]) -> tuple[Fit, Inference, int]:
    """A fit that stands for all or says why there is none, what they give together, and how many had no fit."""
    good = [fit for fit in fits if not fit.problem]
    left_out = len(fits) - len(good)
    if left_out > MOST_FAILED * len(fits):
        problem = next(fit.problem for fit in fits if fit.problem)
        none = no_fit(design, f"{problem}, in too many completed data sets" if len(fits) > 1 else problem)
        return none, infer_from_fit(none), left_out
    if isinstance(spec.linkage, BiasAnalysis):
        return good[0], infer_from_draws(good), left_out
    df_complete = len(np.unique(design.clusters)) - len(design.parameters) - (spec.family not in TIME_FAMILIES)
    return good[0], infer_from_completed(good, df_complete), left_out


def _needed(evidence: LinkEvidence | None, spec: ModelSpec) -> LinkEvidence:
    if evidence is None:
        raise ConfigError(
            f"model '{spec.name}' has the linkage plan {spec.linkage.plan}, and no scored pairs are at hand",
            where="config/models.yaml",
            mend="fit it in the workflow, or give the evidence of the links",
        )
    return evidence


def _row(spec: ModelSpec, design: Design, inference: Inference, index: int) -> dict[str, Any]:
    parameter = design.parameters[index]
    n_level, n_events_level, n_reference, n_events_reference = count_levels(design, index) or (None,) * 4
    plan = spec.linkage
    return {
        **spec.model_dump(include={"role", "outcome", "population", "family"}),
        "model": spec.name,
        "strata": " and ".join(spec.strata),
        "linkage_plan": plan.plan,
        "missing_plan": spec.missing.kind if isinstance(spec.missing, Imputed) else spec.missing.plan,
        "threshold": plan.thresholds[0] if isinstance(plan, ThresholdGrid) else None,
        "data_sets": inference.data_sets,
        "term": parameter.term,
        "level": parameter.level,
        "reference": parameter.reference,
        **inference.row(index),
        "n": len(design.event),
        "n_events": int(design.event.sum()),
        "n_level": n_level,
        "n_events_level": n_events_level,
        "n_reference": n_reference,
        "n_events_reference": n_events_reference,
        "n_parameters": len(design.parameters) + (spec.family not in TIME_FAMILIES),
    }


def _remarks(cases: Cases, design: Design, fit: Fit, method: Method) -> list[str]:
    remarks = [f"not estimated: {fit.problem}"] if fit.problem else []
    if not fit.problem and method.family == "firth":
        reason = f", because {method.reason}" if method.reason else ""
        remarks.append(f"Firth's penalised likelihood{reason}; it does not allow for mothers with two infants")
    if not fit.problem and events_per_parameter(design, method.family) < READ_WITH_CAUTION:
        limit = 5 if events_per_parameter(design, method.family) < READ_WITH_CAUTION / 2 else 10
        remarks.append(f"fewer than {limit} events per parameter: read with caution")
    if cases.n_without_outcome:
        remarks.append(f"{_share(cases.n_without_outcome, cases)} left out for incomplete follow-up")
    if cases.n_without_term:
        remarks.append(f"{_share(cases.n_without_term, cases)} left out for a missing covariate")
    return remarks


def _share(n: int, cases: Cases) -> str:
    # In steps of 5%: no rounding reaches this text, and it must not give back a count that is rounded.
    percent = 5 * round(20 * n / cases.n_population)
    return f"about {percent}% of dyads" if percent else "fewer than 5% of dyads"
