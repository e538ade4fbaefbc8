"""How well the primary models tell dyads apart, and how much of it is optimism: a bootstrap of mothers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dyadlink.estimates import Performance
from dyadlink.models.design import Design, Floats
from dyadlink.models.refits.cox import CoxRefit
from dyadlink.models.refits.logistic import LogisticRefit
from dyadlink.models.refits.measures import c_statistic, calibration_slope, harrells_c, one_column
from dyadlink.models.refits.models import FittedModel
from dyadlink.schemas import check_table

RESAMPLES = 200
SEED = 1
MOST_FAILED = 0.1
"""Share of resamples without a fit that may be left out, with a note; if more are, there is no figure."""

MEASURES = ("c_statistic", "calibration_slope", "calibration_in_the_large")


def measure_performance(models: Iterable[FittedModel], resamples: int = RESAMPLES, seed: int = SEED) -> pl.DataFrame:
    """Discrimination and calibration of the primary models, apparent and corrected for optimism.

    Args:
        models: The primary models, see `fit_primary_models`.
        resamples: How many times mothers are drawn with replacement.
        seed: The same seed draws the same mothers.

    Returns:
        One row per (model, measure); columns as in `Performance`.
    """
    rows = [row for model in models for row in _model_rows(model, resamples, seed)]
    frame = pl.DataFrame(rows, schema=Performance.create_empty().schema)
    return check_table(frame, Performance, "performance")


def draw_mothers(n_mothers: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """One row for each resample: how often each mother is in it."""
    rng = np.random.default_rng(seed)
    return np.array(
        [np.bincount(rng.integers(n_mothers, size=n_mothers), minlength=n_mothers) for _ in range(resamples)]
    )


def bootstrap_measures(
    refit: LogisticRefit | CoxRefit, times: NDArray[np.int64], start: Floats
) -> tuple[Floats, Floats]:
    """What the model of each resample shows among the resample, and among all dyads (Harrell 1996, Stat Med 15:361).

    Args:
        refit: The model.
        times: One row for each resample: how often each cluster, in the order of their numbers, is in it.
        start: The model's own estimates, from which the others are sought.

    Returns:
        Two arrays, one row for each resample and one column for each of `MEASURES`; nan where it has no fit.
    """
    design = refit.design
    _, place = np.unique(design.clusters, return_inverse=True)
    everyone = np.ones(len(place))
    there, here = np.full((len(times), len(MEASURES)), np.nan), np.full((len(times), len(MEASURES)), np.nan)
    for row, drawn in enumerate(times):
        weights = drawn[place].astype(np.float64)
        peak = refit.fit(weights, start)
        if peak is not None:
            there[row] = measure(refit, peak.coefficients, weights, is_own=True)
            here[row] = measure(refit, peak.coefficients, everyone, is_own=False)
    return there, here


def measure(
    refit: LogisticRefit | CoxRefit, coefficients: Floats, weights: Floats, *, is_own: bool
) -> tuple[float, ...]:
    """The `MEASURES` of given coefficients among dyads that count `weights` times; nan for one that it has not.

    Args:
        refit: The model.
        coefficients: All of them.
        weights: Of each dyad.
        is_own: Whether they were fitted on these very dyads. By maximum likelihood the slope is then 1 and the level 0,
            as its equations say, and need no fit.
    """
    design = refit.design
    if isinstance(refit, CoxRefit):
        scores = design.matrix @ coefficients
        return harrells_c(design, scores, weights), 1.0 if is_own else _cox_slope(design, scores, weights), np.nan
    scores = coefficients[0] + design.matrix @ coefficients[1:]
    discrimination = c_statistic(scores, design.event, weights)
    if is_own and not refit.is_firth:
        return discrimination, 1.0, 0.0
    return discrimination, *calibration_slope(scores, design.event.astype(np.float64), weights)


def _cox_slope(design: Design, scores: Floats, weights: Floats) -> float:
    peak = CoxRefit(one_column(design, scores)).fit(weights, np.ones(1))
    return float(peak.coefficients[0]) if peak else np.nan


def _model_rows(model: FittedModel, resamples: int, seed: int) -> list[dict[str, Any]]:
    design = model.design
    names = MEASURES[:2] if model.spec.family == "cox" else MEASURES
    row = {
        **model.spec.model_dump(include={"outcome", "family", "population"}),
        "model": model.spec.name,
        "n": len(design.event),
        "n_events": int(design.event.sum()),
        "n_parameters": len(design.parameters) + (model.spec.family != "cox"),
        "resamples": 0,
        "note": model.fit.problem,
    }
    if model.refit is None or model.peak is None:
        return [row | {"measure": name} for name in names]
    times = draw_mothers(len(np.unique(design.clusters)), resamples, seed)
    there, here = bootstrap_measures(model.refit, times, model.peak.coefficients)
    has_fit = ~np.isnan(here[:, 0])
    row["resamples"] = int(has_fit.sum())
    if 1 - has_fit.mean() > MOST_FAILED:
        return [row | {"measure": name, "note": "too many resamples have no estimate"} for name in names]
    row["note"] = "" if has_fit.all() else "resamples without an estimate are left out"
    apparent = measure(model.refit, model.peak.coefficients, np.ones(len(design.event)), is_own=True)
    return [
        row | {"measure": name} | _figures(apparent[place], there[has_fit, place], here[has_fit, place])
        for place, name in enumerate(names)
    ]


def _figures(apparent: float, there: Floats, here: Floats) -> dict[str, float | None]:
    optimism = float((there - here).mean())
    low, high = (float(end) for end in np.quantile(there, (0.025, 0.975)))
    # Maximum likelihood calibrates a model perfectly on its own dyads, so that there is nothing to give an interval of.
    has_spread = high - low > 1e-6
    return {
        "apparent": float(apparent),
        "conf_low": low if has_spread else None,
        "conf_high": high if has_spread else None,
        "optimism": optimism,
        "corrected": float(apparent) - optimism,
    }
