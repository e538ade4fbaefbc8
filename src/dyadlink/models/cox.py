"""Cause-specific proportional hazards, the covariance clustered."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl

from dyadlink.models.design import Design, count_levels
from dyadlink.models.fit import Fit, checked_fit, no_fit


def fit_cox(design: Design) -> Fit:
    """Log cause-specific hazard ratios with standard errors clustered on the mother.

    Cox 1972, Efron's treatment of ties, competing events censored on their day. A baseline hazard for each stratum,
    rows at risk from their entry on and counted by their weight, where the design has such. The robust covariance of
    Lin & Wei (1989) summed over clusters, with no small-sample correction: R's `coxph(..., cluster =)`.

    Args:
        design: Complete cases that passed `explain_problem`.
    """
    import survival  # noqa: PLC0415 - heavy

    names = [f"x{index}" for index in range(len(design.parameters))]
    data = pl.concat([frame_of(design), pl.DataFrame(design.matrix, schema=names, orient="row")], how="horizontal")
    options = {
        name: column for name, column in (("strata", "stratum"), ("weights", "weight")) if column in data.columns
    }
    response = "Surv(entry, days, event)" if "entry" in data.columns else "Surv(days, event)"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = survival.coxph(
            f"{response} ~ {' + '.join(names)}", data, ties="efron", cluster="cluster",
            eps=1e-11, iter_max=50, **options,
        )  # fmt: skip
    # The library warns of nothing but iterations running out and coefficients that may be infinite; where the
    # likelihood has no maximum at all it can also come back without a model-based covariance, and in silence.
    if caught or model.naive_var is None:
        return no_fit(design, "the fit did not converge")
    return checked_fit(
        design,
        np.asarray(model.coefficients, dtype=np.float64),
        np.sqrt(np.diag(np.asarray(model.var, dtype=np.float64))),
        np.sqrt(np.diag(np.asarray(model.naive_var, dtype=np.float64))),
    )


def frame_of(design: Design) -> pl.DataFrame:
    """The design's `days`, `event` (0 or 1) and `cluster`, and its `stratum`, `entry` and `weight` if it has them."""
    optional = {"stratum": design.strata, "entry": design.entry, "weight": design.weights}
    return pl.DataFrame(
        {"days": design.days, "event": design.event.astype(np.int64), "cluster": design.clusters}
        | {name: values for name, values in optional.items() if values is not None}
    )


def find_levels_without_events(design: Design) -> tuple[str, ...]:
    """Terms with a level (the reference included) at which nobody had the event: no finite hazard ratio.

    A spline has a finite one all the same: it borrows from the dyads beside its knot.
    """
    found: list[str] = []
    for index, parameter in enumerate(design.parameters):
        counts = count_levels(design, index)
        if parameter.kind != "spline" and counts and (counts[1] == 0 or counts[3] == 0):
            found.append(parameter.term)
    return tuple(dict.fromkeys(found))
