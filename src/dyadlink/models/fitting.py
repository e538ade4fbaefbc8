"""Fits the prespecified models to the analysis table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from dyadlink.errors import ConfigError
from dyadlink.estimates import Counts, Estimates
from dyadlink.models.adjustments import adjusted_designs
from dyadlink.models.authorities import explain_untold_authorities
from dyadlink.models.censoring_weights import Weighed, select_weighed
from dyadlink.models.design import Cases, Design, build_design, list_parameters, select_cases
from dyadlink.models.families_of_tests import Multiplicity, with_adjusted_p_values
from dyadlink.models.fit import Fit, no_fit
from dyadlink.models.guards import explain_problem
from dyadlink.models.imputation.completion import count_incomplete, explain_unimputable, impute_frames
from dyadlink.models.inference import (
    Inference,
    coefficient_row,
    infer_from_completed,
    infer_from_draws,
    infer_from_fit,
)
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
from dyadlink.models.methods import Method, choose_method, fit_once, remarks_on_fit
from dyadlink.models.missing_plans import Imputed
from dyadlink.models.populations import NEGATIVE_CONTROL, TIME_FAMILIES
from dyadlink.models.specification import ModelSpec
from dyadlink.schemas import check_table

MOST_FAILED = 0.1
"""Share of completed data sets that may lack a fit and be left out, with a note; if more do, there is no estimate."""

CRUDE_TABLE = "crude_table"
"""Method of a simple bias analysis, which fits no model."""


def fit_models(
    analysis: pl.DataFrame,
    specs: Sequence[ModelSpec],
    evidence: LinkEvidence | None = None,
    alternatives: pl.DataFrame | None = None,
    multiplicity: Multiplicity | None = None,
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
        alternatives: A table that obeys `AnalysisAlternatives`; needed where a model names an alternative.
        multiplicity: How p-values are adjusted for the number of tests; see its defaults.

    Returns:
        One row per (model, term, level), reference levels left out, in the order of the models and their
        terms; columns as in `Estimates`.

    Raises:
        ContractError: The result breaks `Estimates` (two models of one name).
        ConfigError: A model has a linkage plan and no evidence is given, or an alternative and no table of them.
    """
    tables = ((spec, _table_of(spec, analysis, alternatives)) for spec in specs)
    fitted = [row for spec, table in tables for row in _fit_model(table, spec, evidence)]
    rows = with_adjusted_p_values(fitted, multiplicity or Multiplicity())
    frame = pl.DataFrame(rows, schema=Estimates.create_empty().schema)
    return check_table(frame, Estimates, "estimates")


def count_model_dyads(analysis: pl.DataFrame, specs: Sequence[ModelSpec]) -> pl.DataFrame:
    """Dyads of each model's population, by whether and why they were left out; models without a plan alone.

    Nor a model with readmission: its dyads are those of the model without it, or some few fewer at a landmark. A
    linkage plan changes who is left out by a few dyads, and an imputed model leaves out nobody for a covariate, so
    that it repeats the sum of two counts of its complete cases: side by side, such counts would tell of single dyads.

    Returns:
        Table `model_dyads`: one variable per model; levels `analysed`, `outcome_unknown` (follow-up
        incomplete) and `covariate_missing` add up to `total`; group `all`. Columns as in `Counts`.
    """
    rows: list[dict[str, Any]] = []
    for spec in counted_models(specs):
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
    """The models of complete cases that take the links for certain, weigh nobody and are adjusted in full."""
    return tuple(spec for spec in specs if spec.has_no_plan)


def counted_models(specs: Sequence[ModelSpec]) -> tuple[ModelSpec, ...]:
    """The models whose dyads are counted: without a plan or readmission, and of an outcome of social care.

    The negative control, and a model with readmission, are of nearly the same dyads as another model: the two counts
    side by side could tell of the few that are not.
    """
    return tuple(spec for spec in without_plan(specs) if spec.outcome != NEGATIVE_CONTROL and not spec.has_readmission)


def _table_of(spec: ModelSpec, analysis: pl.DataFrame, alternatives: pl.DataFrame | None) -> pl.DataFrame:
    if not spec.alternative:
        return analysis
    if alternatives is None:
        raise ConfigError(
            f"model '{spec.name}' is of the alternative '{spec.alternative}', whose dyads are not at hand",
            where="config/models.yaml",
            mend="fit it in the workflow, or give the table of the alternatives",
        )
    return alternatives.filter(alternative=spec.alternative)


def _fit_model(analysis: pl.DataFrame, spec: ModelSpec, evidence: LinkEvidence | None) -> list[dict[str, Any]]:
    if isinstance(spec.linkage, ThresholdGrid):
        known = _needed(evidence, spec)
        analysis = known.analysis_of(known.chosen_at(spec.linkage.thresholds[0]))
    weighed = select_weighed(analysis, spec)
    whole = build_design(weighed.cases.frame, list_parameters(analysis, spec.all_terms), spec.cluster)
    rows = [
        row
        for design, told in adjusted_designs(spec, whole)
        for row in _fit_design(spec, weighed, design, evidence)
        if row["term"] in told
    ]
    order = {parameter.term: place for place, parameter in enumerate(whole.parameters)}
    return sorted(rows, key=lambda row: order[row["term"]])


def _fit_design(
    spec: ModelSpec, weighed: Weighed, design: Design, evidence: LinkEvidence | None
) -> list[dict[str, Any]]:
    cases = weighed.cases
    plan, left_out = spec.linkage, 0
    n_imputed = count_incomplete(cases.frame, spec)
    untold = explain_untold_authorities(cases.frame) if spec.cluster == "la_code" else ""
    if untold:
        method, fit = Method(spec.family), no_fit(design, untold)
        inference = infer_from_fit(fit)
    elif isinstance(spec.missing, Imputed) and n_imputed:
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
    remarks = [*remarks_on_fit(design, method, fit, inference), *_remarks_on_cases(weighed, spec)]
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
        build_design(frame, design.parameters, spec.cluster) for frame in impute_frames(cases.frame, spec, plan)
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
    plan = spec.linkage
    return {
        **spec.model_dump(include={"role", "label", "alternative", "outcome", "population", "family"}),
        "model": spec.name,
        "strata": " and ".join(spec.strata),
        "cluster": spec.cluster,
        "time_varying": " and ".join(spec.time_varying),
        "landmark_days": spec.landmark_days,
        "linkage_plan": plan.plan,
        "missing_plan": spec.missing.kind if isinstance(spec.missing, Imputed) else spec.missing.plan,
        "weighting": spec.weights.plan,
        "adjustment": spec.adjustment,
        "minimal_terms": " and ".join(t.name for t in spec.minimal_terms) if spec.adjustment == "minimal" else "",
        "threshold": plan.thresholds[0] if isinstance(plan, ThresholdGrid) else None,
        "data_sets": inference.data_sets,
        **coefficient_row(design, inference, index, spec.family),
    }


def _remarks_on_cases(weighed: Weighed, spec: ModelSpec) -> list[str]:
    cases = weighed.cases
    remarks = []
    if cases.n_without_outcome:
        unknown = "an infant's sex not recorded" if spec.outcome == NEGATIVE_CONTROL else "incomplete follow-up"
        what = "lost to follow-up, stood in for by those alike" if weighed.remarks else f"left out for {unknown}"
        remarks.append(f"{_share(cases.n_without_outcome, cases)} {what}")
    if cases.n_without_term:
        remarks.append(f"{_share(cases.n_without_term, cases)} left out for a missing covariate")
    return [*remarks, *weighed.remarks]


def _share(n: int, cases: Cases) -> str:
    # In steps of 5%: no rounding reaches this text, and it must not give back a count that is rounded.
    percent = 5 * round(20 * n / cases.n_population)
    return f"about {percent}% of dyads" if percent else "fewer than 5% of dyads"
