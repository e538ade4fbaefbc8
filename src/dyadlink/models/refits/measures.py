"""Discrimination and calibration of scores, each dyad counted any number of times."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from dyadlink.models.design import Design, Floats, Parameter
from dyadlink.models.refits.logistic import LogisticRefit, level_of


def c_statistic(scores: Floats, event: NDArray[np.bool_], weights: Floats) -> float:
    """The chance that of two dyads, one with the outcome and one without, the first scores higher; ties count a half.

    The area under the ROC curve, as the Mann-Whitney statistic.
    """
    _, place = np.unique(scores, return_inverse=True)
    n = int(place.max()) + 1
    with_event, without = (np.bincount(place, weights * is_in, n) for is_in in (event, ~event))
    below = without.cumsum() - without / 2
    return float(with_event @ below / (with_event.sum() * without.sum()))


def harrells_c(design: Design, scores: Floats, weights: Floats) -> float:
    """Harrell's C: of pairs of which one is seen to have the event first, the share in which it scores higher.

    Who has another event or is censored on the day of an event counts as later; pairs within strata alone. Source:
    Harrell et al. 1996, Stat Med 15:361; R's `concordance(..., reverse = TRUE)`.
    """
    import survival  # noqa: PLC0415 - heavy

    kept = weights > 0
    strata: dict[str, Any] = {} if design.strata is None else {"strata": design.strata[kept]}
    response = survival.Surv(design.days[kept], design.event[kept].astype(np.int64))
    result = survival.concordance(response, scores=scores[kept], weights=weights[kept], reverse=True, **strata)
    return float(cast("float", result.concordance))


def calibration_slope(scores: Floats, event: Floats, weights: Floats) -> tuple[float, float]:
    """The coefficient of log odds that were predicted, and the log odds by which they are too low on the whole.

    The slope is 1 and the level 0 where predictions are as spread as they should be, and right on the whole. Sources:
    Cox 1958, Biometrika 45:562; Steyerberg 2019, Clinical Prediction Models, chapter 15.
    """
    nothing = np.zeros(len(scores))
    design = Design(
        parameters=(Parameter("scores", "linear", "", ""),),
        matrix=scores[:, None],
        event=event.astype(np.bool_),
        days=nothing,
        clusters=nothing.astype(np.int64),
    )
    slope = LogisticRefit(design).fit(weights, np.array([0.0, 1.0]))
    return (float(slope.coefficients[1]) if slope else np.nan), level_of(scores, event, weights)


def one_column(design: Design, scores: Floats) -> Design:
    """The same dyads explained by their scores alone."""
    return replace(design, parameters=(Parameter("scores", "linear", "", ""),), matrix=scores[:, None])
