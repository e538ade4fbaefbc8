"""The unrounded numbers behind each released table, row by row, for a checker inside the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from dyadlink.disclosure.completeness import PREFIX, year_in_words
from dyadlink.disclosure.people import ALL, TOTAL
from dyadlink.schemas.movement import COARSE_OF

_COUNTS: Final = "counts"
_NO_KEYS: Final = {"status", "note", "label", "title"}
_PLACES: Final = {"order", "time_days", "horizon_days", "landmark_days"}
TRUE: Final = "true_"
"""Begins the name of each unrounded column."""
INDEX: Final = "index.csv"


def underlying_files(aggregate: Mapping[str, pl.DataFrame], released: Mapping[str, pl.DataFrame]) -> dict[str, bytes]:
    """Path and content of one file for each released table, and `index.csv`.

    Each file holds the rows of the released table, in their order, with every number as it is released and, in columns
    that begin with `true_`, every number of the unrounded table for the same cell; empty where the unrounded table has
    no such row, as of a zero or of levels put together. Tables that are worked out from released ones have no file.

    `index.csv`: table, rows, rows_with_true (none where the table has no file).

    Args:
        aggregate: The unrounded tables by name.
        released: The released tables by name.
    """
    files, rows = {}, []
    for name, table in sorted(released.items()):
        true = _true_of(name, aggregate)
        both = None if true is None else _beside(table, true)
        if both is not None:
            files[f"{name}.csv"] = both.write_csv().encode()
        found = None if both is None else both.filter(~pl.all_horizontal(pl.col(f"^{TRUE}.*$").is_null())).height
        rows.append((name, table.height, found))
    index = pl.DataFrame(rows, schema=["table", "rows", "rows_with_true"], orient="row")
    return {INDEX: index.write_csv().encode(), **files}


def _true_of(name: str, aggregate: Mapping[str, pl.DataFrame]) -> pl.DataFrame | None:
    for source in (name, _COUNTS):
        frame = aggregate.get(source)
        if frame is not None and "table" in frame.columns and source != "medians" and name in set(frame["table"]):
            return frame.filter(pl.col("table") == name)
    frame = aggregate.get(name)
    if frame is None or name not in _AS_RELEASED:
        return frame
    return _AS_RELEASED[name](frame)


def _alternatives(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop("group").rename({"table": "alternative"})


def _completeness(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        pl.col("table").str.strip_prefix(PREFIX).alias("source"),
        pl.col("variable").alias("column"),
        "level",
        year_in_words("group").alias("return_year"),
        "n",
    )


def _quality(frame: pl.DataFrame) -> pl.DataFrame:
    """By return year and in all."""
    years = frame.drop_nulls("return_year").select(
        "source", "rule", year_in_words("return_year").cast(pl.String).alias("return_year"), "n"
    )
    in_all = frame.group_by("source", "rule", maintain_order=True).agg(pl.col("n").sum())
    return pl.concat([years, in_all.select("source", "rule", pl.lit(ALL).alias("return_year"), "n")])


def _thresholds(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col("threshold").cast(pl.String).alias("level"), pl.exclude("threshold"))


def _transitions(frame: pl.DataFrame) -> pl.DataFrame:
    """The levels put together as they are released, of dyads observed at both times, with totals."""
    ends = ["from_level", "to_level"]
    observed = frame.filter(pl.all_horizontal(pl.col(ends).is_in(list(COARSE_OF)))).with_columns(
        pl.concat_list(pl.col(end).replace_strict(COARSE_OF), pl.lit(TOTAL)).alias(end) for end in ends
    )
    cells = observed.explode("from_level").explode("to_level")
    return cells.group_by("from_time", "to_time", *ends, maintain_order=True).agg(pl.col("n").sum())


_AS_RELEASED: Final[Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "alternatives": _alternatives,
    "cohort_flow": lambda frame: frame.rename({"position": "order"}),
    "data_completeness": _completeness,
    "data_quality": _quality,
    "estimates": lambda frame: frame.rename({"n_parameters": "parameters"}),
    "threshold_grid": _thresholds,
    "transitions": _transitions,
}
"""What lays an aggregate out as its released table, where that differs."""


def _beside(table: pl.DataFrame, true: pl.DataFrame) -> pl.DataFrame | None:
    keys = [
        column
        for column in table.columns
        if column in true.columns
        and column not in _NO_KEYS
        and (table.schema[column] == pl.String or true.schema[column] == pl.String or column in _PLACES)
    ]
    as_text = [pl.col(key).cast(pl.String).fill_null("").alias(f"key {key}") for key in keys]
    numbers = [c for c, kind in true.schema.items() if c not in keys and kind.is_numeric()]
    right = true.select(*as_text, *(pl.col(column).alias(f"{TRUE}{column}") for column in numbers))
    names = [f"key {key}" for key in keys]
    if not numbers or not keys or right.select(names).is_duplicated().any():
        return None
    joined = table.with_columns(as_text).join(right, on=names, how="left", maintain_order="left")
    return joined.drop(names)
