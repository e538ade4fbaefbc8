"""Column expressions that the released tables share."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.profiles import Profile

DECIMALS = 3
"""Decimals of released estimates, on the log scale and on the scale of probabilities."""


def rounded_count(column: str, profile: Profile) -> pl.Expr:
    """The count rounded half up to the rounding base; null where it is below the threshold."""
    n, base = pl.col(column), profile.rounding_base
    is_small = n < profile.threshold
    if profile.are_zeros_shown:
        is_small = is_small & (n > 0)
    return pl.when(~is_small).then((n + base // 2) // base * base).alias(column)


def null_unless(condition: pl.Expr, columns: list[str]) -> list[pl.Expr]:
    """The columns, null wherever the condition does not hold."""
    return [pl.when(condition).then(pl.col(column)).alias(column) for column in columns]
