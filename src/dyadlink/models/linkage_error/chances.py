"""Probabilities that a plan was told, drawn from their distributions and given to each dyad."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.models.linkage_error.matchings import Floats
from dyadlink.models.linkage_plans import Chance


def draw_chance(chance: Chance | None, frame: pl.DataFrame, rng: np.random.Generator) -> Floats:
    """The probability of each dyad, from one draw of the distribution; 1 where nothing was told.

    Args:
        chance: What was told.
        frame: The dyads, with the columns that the odds ratios name. A missing value counts as none of the levels.
        rng: Source of randomness.
    """
    if chance is None:
        return np.ones(frame.height)
    base = _draw_base(chance, rng)
    if base >= 1:
        return np.ones(frame.height)
    score = np.full(frame.height, np.log(base / (1 - base)))
    for column, ratios in chance.odds_ratios.items():
        for level, ratio in ratios.items():
            score += np.log(ratio) * is_at_level(frame, column, level)
    return np.asarray(1 / (1 + np.exp(-score)))


def is_at_level(frame: pl.DataFrame, column: str, level: str) -> Floats:
    """1 for the dyads at the level (a binary column: yes or no), else 0."""
    values = frame.get_column(column)
    if values.dtype == pl.Boolean:
        values = values.replace_strict({True: "yes", False: "no"}, return_dtype=pl.String)
    return np.asarray((values.cast(pl.String) == level).fill_null(value=False).cast(pl.Float64).to_numpy())


def _draw_base(chance: Chance, rng: np.random.Generator) -> float:
    if chance.fixed is not None:
        return chance.fixed
    if chance.beta is not None:
        return float(rng.beta(*chance.beta))
    if chance.trapezoid is None:
        raise AssertionError("a chance has exactly one of fixed, beta and trapezoid")
    return _draw_trapezoid(chance.trapezoid, rng.random())


def _draw_trapezoid(corners: tuple[float, float, float, float], u: float) -> float:
    """The value below which a share u of the distribution lies."""
    low, left, right, high = corners
    area = (high + right - left - low) / 2
    wanted = u * area
    rise = (left - low) / 2
    if wanted < rise:
        return low + float(np.sqrt(2 * wanted * (left - low)))
    if wanted <= rise + (right - left):
        return left + wanted - rise
    return high - float(np.sqrt(max(2 * (area - wanted) * (high - right), 0.0)))
