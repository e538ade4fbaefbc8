"""Column expressions that the released tables share."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.profiles import Profile

DECIMALS = 3
"""Decimals of released estimates, on the log scale and on the scale of probabilities."""


_DIGITS = (1, 1.5, 2, 2.5, 3, 4, 5, 7.5)


def rounded_count(column: str, profile: Profile) -> pl.Expr:
    """The count as the profile rounds it; null where it is below the threshold."""
    n = pl.col(column)
    is_small = n < profile.threshold
    if profile.are_zeros_shown:
        is_small = is_small & (n > 0)
    return pl.when(~is_small).then(round_counts(n, profile)).alias(column)


def round_counts(n: pl.Expr, profile: Profile) -> pl.Expr:
    """The counts as `Profile.round_count` shows them, small or not."""
    half, base = profile.rounding_base // 2, profile.rounding_base
    if profile.rounding == "midpoint":
        return pl.when(n > 0).then((n + base - 1) // base * base - half).otherwise(0)
    return (n + half) // base * base


def step_of(n: int, profile: Profile) -> float:
    """What probabilities of n dyads are rounded to: the finest of a few steps that is enough dyads.

    Enough are as many as must have an event between two days of a curve: two figures side by side are a step. The few
    steps (1, 1.5, 2, 2.5, 3, 4, 5, 7.5 of a decimal) tell of n no more than between which two of them it lies, and
    are so near to each other that what is enough dyads is never rounded to none.

    A tenth of a percent is the finest: of a curve whose n is hidden, a checker could not tell that finer ones are of
    enough dyads.
    """
    steps = (round(digit * 10.0**-place, place + 1) for place in range(3, 0, -1) for digit in _DIGITS)
    return next((step for step in steps if step * n >= max(profile.rounding_base, profile.minimum_step_events)), 1.0)


def in_steps(step: float) -> list[pl.Expr]:
    """Estimate and interval of a probability in steps; the interval outwards, or it could miss its estimate."""
    ends = {
        "estimate": (pl.col("estimate") / step + 0.5).floor(),
        "conf_low": (pl.col("conf_low") / step).floor(),
        "conf_high": (pl.col("conf_high") / step).ceil(),
    }
    return [(n * step).clip(0, 1).round(6).alias(name) for name, n in ends.items()]


def null_unless(condition: pl.Expr, columns: list[str]) -> list[pl.Expr]:
    """The columns, null wherever the condition does not hold."""
    return [pl.when(condition).then(pl.col(column)).alias(column) for column in columns]
