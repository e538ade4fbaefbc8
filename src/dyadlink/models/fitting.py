"""Fits the prespecified models to the analysis table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from dyadlink.estimates import Counts, Estimates
from dyadlink.models.cox import fit_cox
from dyadlink.models.design import Cases, Design, build_design, count_levels, list_parameters, select_cases
from dyadlink.models.fit import Fit, no_fit
from dyadlink.models.guards import READ_WITH_CAUTION, events_per_parameter, explain_problem
from dyadlink.models.logistic import fit_logistic
from dyadlink.models.specification import ModelSpec
from dyadlink.schemas import check_table

FITTERS: dict[str, Callable[[Design], Fit]] = {"logistic": fit_logistic, "cox": fit_cox}

_NORMAL_975 = 1.959963984540054


def fit_models(analysis: pl.DataFrame, specs: Sequence[ModelSpec]) -> pl.DataFrame:
    """The coefficients of every model, on the log scale.

    Complete cases; `note` says how large a part was left out. A model that cannot be estimated keeps its
    rows, with null estimates and the reason in `note`. Intervals and p-values are Wald's, from the normal
    distribution.

    Args:
        analysis: A table that obeys `Analysis`.
        specs: The models, see `load_models`.

    Returns:
        One row per (model, term, level), reference levels left out, in the order of the models and their
        terms; columns as in `Estimates`.

    Raises:
        ContractError: The result breaks `Estimates` (two models of one name).
    """
    rows = [row for spec in specs for row in _fit_model(analysis, spec)]
    frame = pl.DataFrame(rows, schema=Estimates.create_empty().schema)
    return check_table(frame, Estimates, "estimates")


def count_model_dyads(analysis: pl.DataFrame, specs: Sequence[ModelSpec]) -> pl.DataFrame:
    """Dyads of each model's population, by whether and why they were left out.

    Returns:
        Table `model_dyads`: one variable per model; levels `analysed`, `outcome_unknown` (follow-up
        incomplete) and `covariate_missing` add up to `total`; group `all`. Columns as in `Counts`.
    """
    rows: list[dict[str, Any]] = []
    for spec in specs:
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


def _fit_model(analysis: pl.DataFrame, spec: ModelSpec) -> list[dict[str, Any]]:
    cases = select_cases(analysis, spec)
    design = build_design(cases.frame, list_parameters(analysis, spec.terms), "mother_number")
    problem = explain_problem(design, spec.family)
    fit = no_fit(design, problem) if problem else FITTERS[spec.family](design)
    note = "; ".join(_remarks(cases, design, fit, spec.family))
    return [_row(spec, design, fit, index, note) for index in range(len(design.parameters))]


def _row(spec: ModelSpec, design: Design, fit: Fit, index: int, note: str) -> dict[str, Any]:
    parameter = design.parameters[index]
    n_level, n_events_level, n_reference, n_events_reference = count_levels(design, index) or (None,) * 4
    return {
        **spec.model_dump(exclude={"name", "terms"}),
        "model": spec.name,
        "term": parameter.term,
        "level": parameter.level,
        "reference": parameter.reference,
        **_inference(fit, index),
        "n": len(design.event),
        "n_events": int(design.event.sum()),
        "n_level": n_level,
        "n_events_level": n_events_level,
        "n_reference": n_reference,
        "n_events_reference": n_events_reference,
        "n_parameters": len(design.parameters) + (spec.family == "logistic"),
        "note": note,
    }


def _inference(fit: Fit, index: int) -> dict[str, float | None]:
    if fit.problem:
        return dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high", "p_value"))
    estimate, std_error = float(fit.coefficients[index]), float(fit.std_errors[index])
    return {
        "estimate": estimate,
        "std_error": std_error,
        "conf_low": estimate - _NORMAL_975 * std_error,
        "conf_high": estimate + _NORMAL_975 * std_error,
        "p_value": math.erfc(abs(estimate / std_error) / math.sqrt(2)),
    }


def _remarks(cases: Cases, design: Design, fit: Fit, family: str) -> list[str]:
    remarks = [f"not estimated: {fit.problem}"] if fit.problem else []
    if not fit.problem and events_per_parameter(design, family) < READ_WITH_CAUTION:
        limit = 5 if events_per_parameter(design, family) < READ_WITH_CAUTION / 2 else 10
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
