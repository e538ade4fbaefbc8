"""Standardised differences between two groups of a table, from its shown counts alone, so that nothing new is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from dyadlink.disclosure.expressions import null_unless

TOTAL: Final = "total"
OVERALL: Final = "overall"
"""Level of the row that compares a variable as a whole."""

GROUPS: Final[Mapping[str, tuple[str, str]]] = {
    "linked_infants": ("linked", "not_linked"),
    "characteristics_by_o1": ("yes", "no"),
    "characteristics_by_o2": ("yes", "no"),
    "characteristics_by_custody_loss": ("yes", "no"),
    "characteristics_by_plan": ("yes", "no"),
}
"""The tables whose groups are compared, and which two."""

_SCHEMA: Final = {
    "table": pl.String,
    "variable": pl.String,
    "level": pl.String,
    "status": pl.String,
    "percent_with": pl.Float64,
    "percent_without": pl.Float64,
    "standardised_difference": pl.Float64,
}


def standardised_differences(released: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Each level's share in both groups of a table, and how far the groups are apart in standard deviations.

    Columns: table, variable, level, status, percent_with, percent_without (of each group's shown total) and
    standardised_difference, two decimals. Of a level (p1 - p0) / sqrt((p1 (1 - p1) + p0 (1 - p0)) / 2) (Austin 2009,
    Stat Med 28:3083). Of a variable as a whole (level `overall`, never negative) the Mahalanobis distance of the two
    vectors of shares, its covariance the mean of the groups' multinomial ones (Yang & Dalton 2012, SAS Global Forum
    335-2012); of a variable with two levels it is the absolute difference of either. A row with a hidden share is
    hidden, and so is the whole where a level is.

    Args:
        released: Released counts by the name of their table; those that are not in `GROUPS` are left alone.
    """
    frames = [_of_table(released[name], name, *groups) for name, groups in GROUPS.items() if name in released]
    return pl.concat(frames) if frames else pl.DataFrame(schema=_SCHEMA)


def _of_table(counts: pl.DataFrame, table: str, one: str, other: str) -> pl.DataFrame:
    wide = (
        counts.filter(pl.col("level") != TOTAL)
        .pivot(on="group", index=["variable", "level"], values="percent", maintain_order=True)
        .rename({one: "percent_with", other: "percent_without"})
    )
    by_variable = wide.partition_by("variable", maintain_order=True)
    rows = pl.concat([pl.concat([_overall(part), _of_levels(part)]) for part in by_variable])
    shares = ["percent_with", "percent_without"]
    is_shown = pl.all_horizontal(pl.col(shares).is_not_null()) | (
        (pl.col("level") == OVERALL) & pl.col("standardised_difference").is_not_null()
    )
    return rows.select(
        pl.lit(table).alias("table"),
        "variable",
        "level",
        pl.when(is_shown).then(pl.lit("rounded")).otherwise(pl.lit("suppressed_secondary")).alias("status"),
        *null_unless(is_shown, shares),
        pl.col("standardised_difference").round(2) + 0.0,
    )


def _of_levels(shares: pl.DataFrame) -> pl.DataFrame:
    one, other = pl.col("percent_with") / 100, pl.col("percent_without") / 100
    spread = ((one * (1 - one) + other * (1 - other)) / 2).sqrt()
    return shares.select(
        "variable",
        "level",
        "percent_with",
        "percent_without",
        standardised_difference=pl.when(spread > 0).then((one - other) / spread),
    )


def _overall(shares: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(None, pl.Float64)
    return shares.select(
        pl.first("variable"),
        level=pl.lit(OVERALL),
        percent_with=nothing,
        percent_without=nothing,
        standardised_difference=pl.lit(_distance(shares), pl.Float64),
    )


def _distance(shares: pl.DataFrame) -> float | None:
    import numpy as np  # noqa: PLC0415 - heavy

    pair = shares.select("percent_with", "percent_without")
    if pair.null_count().sum_horizontal().item() or pair.height < 2:
        return None
    # Of vectors that add up to one the first says nothing that the others do not; a level of nobody says nothing.
    one, other = (pair.filter(pl.sum_horizontal(pl.all()) > 0).to_numpy().T / 100)[:, 1:]
    covariance = sum(np.diag(p) - np.outer(p, p) for p in (one, other)) / 2
    try:
        squared = (one - other) @ np.linalg.solve(covariance, one - other)
    except np.linalg.LinAlgError:
        return None
    return float(np.sqrt(squared)) if squared >= 0 else None
