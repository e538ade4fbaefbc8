"""Released counts of the study under other definitions: nothing that tells of the few dyads between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import polars as pl

from dyadlink.disclosure.cells import Reading, Told, protect_alone
from dyadlink.disclosure.counts import ALL, TOTAL, lay_out_counts
from dyadlink.disclosure.people import Study
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import Builder

_TABLE = "alternatives"
STUDY = "study"
"""The table of the study as it is: it is held against the others and not released here (see table `outcomes`)."""

_CELL = ["variable", "level", "group"]
_COLUMNS = ["alternative", "variable", "level", "status", "n", "percent"]


def protect_alternatives(counts: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The released alternatives as a system of their own: see `lay_out_alternatives`."""
    return protect_alone(lambda builder: lay_out_alternatives(builder, counts, Study(), profile), profile)[_TABLE]


def lay_out_alternatives(builder: Builder, counts: pl.DataFrame, study: Study, profile: Profile) -> Reading:
    """What takes the released alternatives out of the system: one row per (alternative, variable, level).

    Columns: alternative, variable, level, status, n and percent as in `lay_out_counts`.

    The same dyads counted under two definitions differ by those whom the definition moves. A variable of which it
    moves fewer than the threshold, at every level, is hidden as a whole (`suppressed`), and so is an
    alternative whose dyads are fewer than the threshold more or fewer than the study's. Of the others a level that
    differs by fewer from the study's, or from that of another alternative, is tied to it in the system: their
    difference is a small count that must stay open.

    Args:
        builder: The system; what is not hidden as a whole is added to it.
        counts: In the shape of `Counts`: table `study`, and a table for each alternative; group all.
        study: Who is counted in which cell; the study's own counts are table `outcomes`.
        profile: The rules.

    Raises:
        DyadlinkError: See `lay_out_counts`.
    """
    own = counts.filter(pl.col("table") == STUDY).select(*_CELL, own="n")
    others = counts.filter(pl.col("table") != STUDY)
    close = _close_to_study(others, own, profile).filter("is_close")
    shown = others.join(close, on=["table", "variable"], how="anti", maintain_order="left")
    read_counts = lay_out_counts(builder, shown, study)
    _tie(builder, pl.concat([own.select(pl.lit("outcomes").alias("table"), *_CELL, n="own"), shown]), study, profile)

    def read(told: Told) -> dict[str, pl.DataFrame]:
        released = pl.concat([*read_counts(told).values()]) if shown.height else None
        keys = others.select(pl.col("table").alias("alternative"), "variable", "level")
        if released is None:
            hidden = [pl.lit("suppressed").alias("status"), pl.lit(None, pl.Int64).alias("n")]
            return {_TABLE: keys.with_columns(*hidden, percent=pl.lit(None, pl.Float64))}
        found = keys.join(
            released.rename({"table": "alternative"}).drop("group"),
            on=["alternative", "variable", "level"],
            how="left",
            maintain_order="left",
        )
        return {_TABLE: found.with_columns(pl.col("status").fill_null("suppressed")).select(_COLUMNS)}

    return read


def _close_to_study(others: pl.DataFrame, own: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (table, variable): is_close, whether it is to be hidden as a whole."""
    compared = others.join(own, on=_CELL, how="left").with_columns(
        moved=(pl.col("n") - pl.col("own").fill_null(0)).abs()
    )
    most_moved = compared.group_by("table", "variable").agg(pl.col("moved").max())
    totals = most_moved.filter(pl.col("variable") == TOTAL).select("table", more_or_fewer="moved")
    return most_moved.join(totals, on="table").select(
        "table",
        "variable",
        # As many dyads as the study's are the study's dyads: of their number nothing new is told.
        is_close=pl.col("more_or_fewer").is_between(1, profile.threshold - 1)
        | ((pl.col("moved") < profile.threshold) & (pl.col("variable") != TOTAL)),
    )


def _tie(builder: Builder, counts: pl.DataFrame, study: Study, profile: Profile) -> None:
    """Ties levels that two definitions count differently by fewer than the threshold."""
    levels: Mapping[tuple[object, ...], pl.DataFrame] = counts.partition_by("variable", "level", as_dict=True)
    for (variable, level), part in levels.items():
        keys = [study.cell(table, str(variable), str(level), ALL) for table in part["table"]]
        counted = [key for key in dict.fromkeys(keys) if key in builder.place]
        for one, other in combinations(counted, 2):
            smaller, larger = sorted((one, other), key=builder.value)
            rest = builder.value(larger) - builder.value(smaller)
            if 0 < rest < profile.threshold:
                builder.add(("moved", larger, smaller), rest, _TABLE, is_released=False)
                builder.tie(larger, (smaller, ("moved", larger, smaller)))
