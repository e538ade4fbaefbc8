"""How far the primary models hang on one authority: each left out in turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from dyadlink.estimates import LeaveOneOut
from dyadlink.intervals import Z_95
from dyadlink.models.authorities import explain_untold_authorities, group_authorities
from dyadlink.models.design import Design, Floats, count_levels
from dyadlink.models.refits.models import FittedModel, clustered_errors
from dyadlink.schemas import check_table

Side = np.ndarray[Any, np.dtype[np.int64]]


def leave_authorities_out(models: Iterable[FittedModel], least: int) -> pl.DataFrame:
    """The least and the greatest estimate of each term when one authority is left out.

    Small authorities are left out together, see `group_authorities`. The interval of each fit is Wald's; by Firth's
    penalty, of the information.

    Args:
        models: The primary models, see `fit_primary_models`.
        least: Fewest dyads that are left out together, and fewest such groups.

    Returns:
        One row per (model, term, level). Where authorities are not told, are too few, or the model has no estimates,
        there are none here either, and `note` says why. Columns as in `LeaveOneOut`.
    """
    rows = [row for model in models for row in _model_rows(model, least)]
    frame = pl.DataFrame(rows, schema=LeaveOneOut.create_empty().schema)
    return check_table(frame, LeaveOneOut, "leave_one_out")


def _model_rows(model: FittedModel, least: int) -> list[dict[str, Any]]:
    groups = group_authorities(model.frame.get_column("la_code"), least)
    n_groups = len(np.unique(groups))
    problem = model.fit.problem or explain_untold_authorities(model.frame)
    if not problem and n_groups < least:
        problem = f"fewer than {least} groups of authorities"
    if problem:
        return [_row(model, index, n_groups) | {"note": problem} for index in range(len(model.design.parameters))]
    kept = [(groups != group).astype(np.float64) for group in range(n_groups)]
    fits = [_refit(model, weights) for weights in kept]
    found = [fit for fit in fits if fit is not None]
    own = _side(model.fit.coefficients, model.fit.std_errors)
    note = "" if len(found) == n_groups else "without some authorities there is no estimate"
    rows = []
    for index in range(len(model.design.parameters)):
        estimates = [float(fit[0][index]) for fit in found]
        n_changed = sum(int(_side(*fit)[index] != own[index]) for fit in found)
        rows.append(
            _row(model, index, n_groups)
            | {
                "estimate": float(model.fit.coefficients[index]),
                "least": min(estimates, default=None),
                "greatest": max(estimates, default=None),
                "n_fits": len(found),
                "n_changed": n_changed,
                "note": note,
                **_smallest(model.design, index, kept),
            }
        )
    return rows


def _refit(model: FittedModel, weights: Floats) -> tuple[Floats, Floats] | None:
    """Coefficients and standard errors of the dyads of weight 1; nothing where they have none."""
    if model.refit is None or model.peak is None:
        return None
    peak = model.refit.fit(weights, model.peak.coefficients)
    if peak is None:
        return None
    return peak.coefficients[model.refit.n_leading :], clustered_errors(model.refit, peak, weights)


def _side(coefficients: Floats, errors: Floats) -> Side:
    """On which side of no association each 95% interval lies: -1, 1, or 0 where it holds it."""
    return np.where(np.abs(coefficients) > Z_95 * errors, np.sign(coefficients), 0).astype(np.int64)


def _smallest(design: Design, index: int, kept: list[Floats]) -> dict[str, int | None]:
    """Of all the fits, the full one among them: fewest dyads, of either outcome, and at the level or its reference."""
    fits = [np.ones(len(design.event)), *kept]
    events = [int(weights @ design.event) for weights in fits]
    others = [int(weights.sum()) - n for weights, n in zip(fits, events, strict=True)]
    return {
        "n_least": min(int(weights.sum()) for weights in fits),
        "n_least_outcome": min(*events, *others),
        "n_smallest": min((cell for weights in fits for cell in _cells(design, index, weights)), default=None),
    }


def _cells(design: Design, index: int, weights: Floats) -> list[int]:
    """Dyads at the level and at the reference, with and without the event; nothing for a number."""
    parameter = design.parameters[index]
    if count_levels(design, index) is None:
        return []
    at_level = design.matrix[:, index] > 0
    same_term = [place for place, other in enumerate(design.parameters) if other.term == parameter.term]
    at_reference = (design.matrix[:, same_term] == 0).all(axis=1)
    return [
        int(weights @ (is_at & (design.event == has_event)))
        for is_at in (at_level, at_reference)
        for has_event in (True, False)
    ]


def _row(model: FittedModel, index: int, n_groups: int) -> dict[str, Any]:
    parameter = model.design.parameters[index]
    spec = model.spec
    return {
        **spec.model_dump(include={"outcome", "family", "population"}),
        "model": spec.name,
        "term": parameter.term,
        "level": parameter.level,
        "reference": parameter.reference,
        "n_groups": n_groups,
        "n_fits": 0,
        "n_changed": 0,
        "note": "",
        "n_parameters": len(model.design.parameters) + (spec.family != "cox"),
        **_smallest(model.design, index, []),
    }
