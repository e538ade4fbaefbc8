"""The maximum of a likelihood by Newton's method with halved steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from dyadlink.models.design import Floats

_MOST_STEPS = 50
_MOST_HALVINGS = 20
Likelihood = TypeVar("Likelihood", bound=Any)


def climb(
    at: Callable[[Floats], Likelihood], start: Floats, has_arrived: Callable[[Floats, Floats, float, float], bool]
) -> tuple[Floats, Likelihood] | None:
    """The coefficients of the maximum and the likelihood there; nothing where none is reached.

    Args:
        at: The likelihood at given coefficients: its logarithm `value`, slope `score` and curvature `information`.
        start: Where to begin.
        has_arrived: Whether a step was the last, told the coefficients after it, the step, the value after it and the
            gain.
    """
    coefficients, now = start, at(start)
    for _ in range(_MOST_STEPS):
        try:
            step = np.linalg.solve(now.information, now.score)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(step).all():
            return None
        for _ in range(_MOST_HALVINGS):
            new = at(coefficients + step)
            # As good as the last one, within rounding.
            if new.value >= now.value - 1e-12 * abs(now.value):
                break
            step = step / 2
        else:
            return None
        coefficients, gain, now = coefficients + step, new.value - now.value, new
        if has_arrived(coefficients, step, now.value, gain):
            return coefficients, now
    return None
