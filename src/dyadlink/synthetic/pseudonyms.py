"""Pseudonyms as linked environments give them, and dates as coarse as they show them."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl


def keyed_hashes(values: pl.Series, key: str, length: int = 16) -> pl.Series:
    """Return a hexadecimal keyed hash of each text, null where the text is."""
    secret = hashlib.blake2b(key.encode(), digest_size=32).digest()

    def digest(text: str | None) -> str | None:
        if text is None:
            return None
        return hashlib.blake2b(text.encode(), key=secret, digest_size=length // 2).hexdigest()

    return pl.Series([digest(text) for text in values.to_list()], dtype=pl.String)


def different_numbers(n: int, rng: np.random.Generator, low: int, high: int) -> pl.Series:
    """Return n different whole numbers from low to high, without the high end."""
    return pl.Series(rng.choice(high - low, size=n, replace=False) + low, dtype=pl.Int64)


def as_date(value: pl.Expr) -> pl.Expr:
    """Return the date of a day number."""
    return value.cast(pl.Int32).cast(pl.Date)


def shown(name: str, last: int) -> pl.Expr:
    """Return the date in a column of day numbers, null where it is after the last day."""
    return as_date(pl.when(pl.col(name) <= last).then(name))


def week_of_birth(day: pl.Expr) -> pl.Expr:
    """Return the Monday of the week of a day number."""
    return as_date(day).dt.truncate("1w")
