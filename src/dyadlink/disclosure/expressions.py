"""Column expressions that the released tables share."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.profiles import Profile

DECIMALS = 3
"""Decimals of released estimates, on the log scale and on the scale of probabilities."""


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


def null_unless(condition: pl.Expr, columns: list[str]) -> list[pl.Expr]:
    """The columns, null wherever the condition does not hold."""
    return [pl.when(condition).then(pl.col(column)).alias(column) for column in columns]
