"""Released completeness and ranges of the sources: rounded counts by year, percentiles of enough rows."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.cells import Reading, protect_alone
from dyadlink.disclosure.counts import NO_COUNTS, lay_out_counts
from dyadlink.disclosure.expressions import null_unless
from dyadlink.disclosure.people import Study
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import Builder
from dyadlink.estimates import Ranges
from dyadlink.schemas import check_table

_TABLE = "data_completeness"
PREFIX = "completeness_"
TAIL = 20
"""One row in twenty lies beyond a released percentile of either end."""


def protect_completeness(counts: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The released completeness as a system of its own: see `lay_out_completeness`."""
    return protect_alone(lambda builder: lay_out_completeness(builder, counts), profile)[_TABLE]


def lay_out_completeness(builder: Builder, counts: pl.DataFrame) -> Reading:
    """What takes the released completeness out of the system: one row per source, column, level and return year.

    Columns: source, column (`total` for all rows), level, return_year (2021-22 ends in March 2022; `all` is every
    year, `unknown` where a row tells none), status, n (rounded; null where hidden), percent (of the year's rows, from
    what is shown). Each source is protected as a whole, because its columns share their totals.

    Args:
        builder: The system; the counts are added to it.
        counts: In the shape of `Counts`; table is `completeness_<source>`.
    """
    # ASSUME: a rule's count (data_quality) and the rows without a value are not parts of one another; where a rule is
    # about a missing value the two are nearly the same number, and small or large together.
    tables = lay_out_counts(builder, counts, Study())
    return lambda told: {_TABLE: _by_year(pl.concat([NO_COUNTS, *tables(told).values()]))}


def _by_year(released: pl.DataFrame) -> pl.DataFrame:
    return released.select(
        pl.col("table").str.strip_prefix(PREFIX).alias("source"),
        pl.col("variable").alias("column"),
        "level",
        year_in_words("group").alias("return_year"),
        "status",
        "n",
        "percent",
    )


def protect_ranges(ranges: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per source and column, in the order of the input.

    Columns: source, column, status, then the 5th, 50th and 95th percentile: low, median, high of numbers, and
    low_month, median_month, high_month of dates. All are null where fewer rows than the threshold lie beyond the outer
    percentiles. How many rows have a value is told by completeness alone, which hides it where it would give away how
    many have none.

    Raises:
        ContractError: The frame breaks the contract `Ranges`.
    """
    checked = check_table(ranges, Ranges, "ranges")
    is_enough = pl.col("n") >= max(profile.minimum_median_n, TAIL * profile.threshold)
    values = ["low", "median", "high"]
    months = [f"{name}_month" for name in values]
    is_date = pl.col("kind") == "date"
    shown = checked.with_columns(
        *(pl.when(is_date).then(_month(name)).alias(month) for name, month in zip(values, months, strict=True)),
        *null_unless(~is_date, values),
    )
    return shown.select(
        "source",
        "column",
        pl.when(is_enough).then(pl.lit("shown")).otherwise(pl.lit("suppressed_primary")).alias("status"),
        *null_unless(is_enough, [*values, *months]),
    )


def _month(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int32).cast(pl.Date).dt.strftime("%Y-%m")


def year_in_words(name: str) -> pl.Expr:
    """The return year as people write it: 2021-22 for the one that ends in March 2022."""
    end = pl.col(name).cast(pl.Int64, strict=False)
    written = pl.format("{}-{}", end - 1, (end % 100).cast(pl.String).str.zfill(2))
    return pl.when(end.is_null()).then(pl.col(name)).otherwise(written).alias(name)
