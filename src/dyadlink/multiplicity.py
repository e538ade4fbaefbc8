"""p-values adjusted for how many tests were made together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

METHODS = ("holm", "benjamini_hochberg", "none")
"""What can be done to the p-values of a family."""


def adjust(p_values: Sequence[float | None], method: str) -> list[float | None]:
    """The adjusted p-values of one family, in the order given; a test without a p-value counts and has none.

    holm: step-down (Holm 1979, Scand J Statist 6:65), the chance of any false rejection. benjamini_hochberg: step-up
    (Benjamini & Hochberg 1995, JRSS B 57:289), the expected share of false ones among the rejections. none: as they
    are.

    A test without a p-value is taken to reject nothing: it counts among the tests as if its p-value were 1. Whatever it
    is, the others are adjusted at least as strictly as if it were known.
    """
    if method == "none":
        return list(p_values)
    known = [index for index, p in enumerate(p_values) if p is not None]
    raw = np.array([p_values[index] for index in known], dtype=np.float64)
    order = np.argsort(raw, kind="stable")
    rank, n = np.arange(len(raw)), len(p_values)
    if method == "holm":
        stepped = np.maximum.accumulate(raw[order] * (n - rank))
    else:
        stepped = np.minimum.accumulate((raw[order] * n / (rank + 1))[::-1])[::-1]
    adjusted: list[float | None] = [None] * n
    for place, value in zip(order, np.minimum(stepped, 1.0), strict=True):
        adjusted[known[place]] = float(value)
    return adjusted
