"""Released counts of the study under other definitions: nothing that tells of the few dyads between two of them."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.counts import TOTAL, protect_counts
from dyadlink.disclosure.profiles import Profile

STUDY = "study"
"""The table of the study as it is: it is held against the others and not released here (see table `outcomes`)."""

_CELL = ["variable", "level", "group"]


def protect_alternatives(counts: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (alternative, variable, level), with status, n and percent as in `protect_counts`.

    The same dyads counted under two definitions differ by those whom the definition moves. A variable of which it
    moves fewer than the threshold, at every level, is hidden as a whole (`suppressed_secondary`), and so is an
    alternative whose dyads are fewer than the threshold more or fewer than the study's.

    Args:
        counts: In the shape of `Counts`: table `study`, and a table for each alternative; group all.
        profile: The rules.

    Raises:
        DyadlinkError: See `protect_counts`.
    """
    own = counts.filter(pl.col("table") == STUDY).select(*_CELL, own="n")
    others = counts.filter(pl.col("table") != STUDY)
    compared = others.join(own, on=_CELL, how="left").with_columns(
        moved=(pl.col("n") - pl.col("own").fill_null(0)).abs()
    )
    most_moved = compared.group_by("table", "variable").agg(pl.col("moved").max())
    totals = most_moved.filter(pl.col("variable") == TOTAL).select("table", more_or_fewer="moved")
    is_close = most_moved.join(totals, on="table").select(
        "table",
        "variable",
        # As many dyads as the study's are the study's dyads: of their number nothing new is told.
        is_close=pl.col("more_or_fewer").is_between(1, profile.threshold - 1)
        | ((pl.col("moved") < profile.threshold) & (pl.col("variable") != TOTAL)),
    )
    shown = pl.when(~pl.col("is_close"))
    return (
        protect_counts(others, profile)
        .join(is_close, on=["table", "variable"], how="left", maintain_order="left")
        .select(
            pl.col("table").alias("alternative"),
            "variable",
            "level",
            shown.then("status").otherwise(pl.lit("suppressed_secondary")).alias("status"),
            shown.then("n").alias("n"),
            shown.then("percent").alias("percent"),
        )
    )
