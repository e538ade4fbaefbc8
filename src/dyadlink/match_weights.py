"""Bands of the match weight: the strata of a review are the bars of the histogram."""

from __future__ import annotations

import polars as pl

WIDTH = 5
"""From one band to the next the odds of a match are 32 times as great."""
LOWEST, HIGHEST = -10, 40
_INNER = tuple(range(LOWEST, HIGHEST, WIDTH))
BANDS = (f"below {LOWEST}", *(f"{low} to {low + WIDTH}" for low in _INNER), f"{HIGHEST} and more")
"""In rising order; a weight on an edge is in the band above it."""


def band_of(column: str) -> pl.Expr:
    """The band of a match weight."""
    place = ((pl.col(column) - LOWEST) / WIDTH).floor().clip(-1, len(_INNER)).cast(pl.Int64) + 1
    return place.replace_strict(list(range(len(BANDS))), list(BANDS), return_dtype=pl.String)
