"""Released completeness and ranges of the sources: rounded counts by year, percentiles of enough rows."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.counts import protect_counts
from dyadlink.disclosure.expressions import null_unless
from dyadlink.disclosure.profiles import Profile
from dyadlink.estimates import Ranges
from dyadlink.schemas import check_table

PREFIX = "completeness_"
TAIL = 20
"""One row in twenty lies beyond a released percentile of either end."""


def protect_completeness(counts: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per source, column, level and return year, in the order of the input.

    Columns: source, column (`total` for all rows), level, return_year (`all` is every year), status, n (rounded;
    null where hidden), percent (of the year's rows, from what is shown). Each source is protected as a whole, because
    its columns share their totals.

    Args:
        counts: In the shape of `Counts`; table is `completeness_<source>`.
        profile: The rules.
    """
    return protect_counts(counts, profile).select(
        pl.col("table").str.strip_prefix(PREFIX).alias("source"),
        pl.col("variable").alias("column"),
        "level",
        pl.col("group").alias("return_year"),
        "status",
        "n",
        "percent",
    )


def protect_ranges(ranges: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per source and column, in the order of the input.

    Columns: source, column, status, low, median, high (5th, 50th and 95th percentile; a month where the values are
    dates). All are null where fewer rows than the threshold lie beyond the outer percentiles. How many rows have a
    value is told by completeness alone, which hides it where it would give away how many have none.

    Raises:
        ContractError: The frame breaks the contract `Ranges`.
    """
    checked = check_table(ranges, Ranges, "ranges")
    is_enough = pl.col("n") >= max(profile.minimum_median_n, TAIL * profile.threshold)
    values = ["low", "median", "high"]
    shown = checked.with_columns(_in_words(name) for name in values)
    return shown.select(
        "source",
        "column",
        pl.when(is_enough).then(pl.lit("shown")).otherwise(pl.lit("suppressed_primary")).alias("status"),
        *null_unless(is_enough, values),
    )


def _in_words(name: str) -> pl.Expr:
    month = pl.col(name).cast(pl.Int32).cast(pl.Date).dt.strftime("%Y-%m")
    return pl.when(pl.col("kind") == "date").then(month).otherwise(pl.col(name).cast(pl.String)).alias(name)
