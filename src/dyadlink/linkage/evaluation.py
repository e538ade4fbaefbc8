"""Links held against a file of the truth: overall, by group of the left persons, and over a grid of thresholds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from dyadlink.config import Csv
from dyadlink.errors import SourceError
from dyadlink.linkage.agreement import Agreement
from dyadlink.sources.one_file import load_columns
from dyadlink.sources.store import Store

LEFT, RIGHT = "left_id", "right_id"
ALL = "all"
MISSING = "not known"
"""The group of persons whose value is missing."""
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999)
COLUMNS = {
    "variable": pl.String(),
    "level": pl.String(),
    "n_links": pl.Int64(),
    "n_true": pl.Int64(),
    "n_correct": pl.Int64(),
    **{
        f"{measure}{end}": pl.Float64()
        for measure in ("precision", "recall", "f1")
        for end in ("", "_conf_low", "_conf_high")
    },
    "expected_precision": pl.Float64(),
}
"""Columns of an evaluation. `expected_precision` is the mean match probability, on rows of thresholds alone."""


class Groups(NamedTuple):
    """Where the groups of the left persons stand."""

    persons: Path
    id_column: str
    column: str


def evaluate_links(
    connection: duckdb.DuckDBPyConnection,
    *,
    links: Path,
    truth: Path,
    groups: Groups | None = None,
    scored_pairs: Path | None = None,
) -> pl.DataFrame:
    """Precision, recall and F1 with 95% intervals; see `COLUMNS`.

    Args:
        connection: Where the files are read.
        links: `left_id`, `right_id`, a row for each link.
        truth: `left_id`, `right_id`, a row for each true pair.
        groups: Also by group of the left person; a group of the truth or the links that no person is in is MISSING.
        scored_pairs: `left_id`, `right_id`, `match_probability`: also at each of THRESHOLDS, taking every pair at or
            above it for a link, before any choice between pairs of one person.

    Returns:
        One row for `all`, one for each group (`variable` is the column), one for each threshold.

    Raises:
        SourceError: A file cannot be read, holds no pair or one twice; or no id of the links is in the truth.
    """
    store = Store(connection)
    for name, path in (("links", links), ("truth", truth)):
        _load_pairs(store, path, name)
    _check_same_ids(connection, links, truth)
    rows = [_row(ALL, ALL, _count(connection, "links", "truth", "true").get(True, Agreement(0, 0, 0)))]
    if groups is not None:
        load_columns(
            store, groups.persons, {LEFT: groups.id_column, "level": groups.column}, Csv(), table="persons", key=LEFT
        )
        own = "select min(trim(level)) from loaded_persons where trim(loaded_persons.left_id) = pairs.left_id"
        level = f"coalesce(({own}), '{MISSING}')"
        counted = _count(connection, "links", "truth", level)
        rows += [_row(groups.column, str(name), counted[name]) for name in sorted(counted, key=str)]
    if scored_pairs is not None:
        rows += _grid(store, scored_pairs)
    return pl.DataFrame(rows, schema=COLUMNS)


def as_text(table: pl.DataFrame) -> str:
    """An evaluation as lines for a terminal: shares in percent with their intervals."""
    lines = [f"{'':<24}{'links':>10}{'true':>10}{'correct':>10}  {'precision':<22}{'recall':<22}{'F1':<22}"]
    for row in table.to_dicts():
        name = row["level"] if row["variable"] == row["level"] else f"{row['variable']} {row['level']}"
        shares = "".join(f"{_percent(row, measure):<22}" for measure in ("precision", "recall", "f1"))
        lines.append(f"{name:<24}{row['n_links']:>10,}{row['n_true']:>10,}{row['n_correct']:>10,}  {shares.rstrip()}")
    return "\n".join(lines) + "\n"


def _percent(row: Mapping[str, object], measure: str) -> str:
    parts = [row[f"{measure}{end}"] for end in ("", "_conf_low", "_conf_high")]
    values = [100 * part for part in parts if isinstance(part, float) and not math.isnan(part)]
    return f"{values[0]:.2f} ({values[1]:.2f}-{values[2]:.2f})" if len(values) == 3 else "-"


def _load_pairs(store: Store, path: Path, name: str, further: Mapping[str, str] | None = None) -> None:
    names = {LEFT: LEFT, RIGHT: RIGHT, **(further or {})}
    loaded = load_columns(store, path, names, Csv(), table=name, key=LEFT)
    own = "".join(f', "{column}"' for column in further or {})
    connection = store.connection
    connection.execute(
        f"create or replace table {name} as "
        f"select trim(left_id) as left_id, trim(right_id) as right_id{own} from {loaded}"
    )
    query = f"select count(*), count(*) - count(distinct (left_id, right_id)) from {name}"
    ((n, n_repeated),) = connection.execute(query).fetchall()
    if not n:
        raise SourceError("holds no pair", where=str(path), mend="export it again")
    if n_repeated:
        raise SourceError(f"{n_repeated:,} pair(s) stand twice", where=str(path), mend="keep one row for each pair")


def _check_same_ids(connection: duckdb.DuckDBPyConnection, links: Path, truth: Path) -> None:
    """Nothing, unless no id of a side is shared: two files of other persons, or ids written in another way."""
    for side in (LEFT, RIGHT):
        ((n,),) = connection.execute(
            f"select count(*) from links semi join truth on links.{side} = truth.{side}"
        ).fetchall()
        if not n:
            raise SourceError(
                f"no {side} of the links stands in the truth",
                where=f"{links}, {truth}",
                mend="check that both write ids alike, and left and right are the same",
            )


def _count(connection: duckdb.DuckDBPyConnection, links: str, truth: str, level: str) -> dict[object, Agreement]:
    """Links, true pairs and correct links at each value of an SQL expression over `pairs`."""
    query = f"""
        select {level} as level,
            count(*) filter (is_link), count(*) filter (is_true), count(*) filter (is_link and is_true)
        from (
            select left_id, right_id, bool_or(is_link) as is_link, bool_or(is_true) as is_true
            from (
                select left_id, right_id, true as is_link, false as is_true from {links}
                union all select left_id, right_id, false, true from {truth}
            )
            group by all
        ) as pairs
        group by all
    """
    return {name: Agreement(*counts) for name, *counts in connection.execute(query).fetchall()}


def _grid(store: Store, path: Path) -> list[dict[str, object]]:
    _load_pairs(store, path, "scored", {"match_probability": "match_probability"})
    rows = []
    for threshold in THRESHOLDS:
        store.connection.execute(
            "create or replace temp view above as select left_id, right_id, match_probability::double as p "
            f"from scored where match_probability::double >= {threshold}"
        )
        counted = _count(store.connection, "above", "truth", "true").get(True, Agreement(0, 0, 0))
        ((expected,),) = store.connection.execute("select avg(p) from above").fetchall()
        rows.append({**_row("threshold", str(threshold), counted), "expected_precision": expected})
    return rows


def _row(variable: str, level: str, counted: Agreement) -> dict[str, object]:
    shares = {
        f"{measure}{end}": value
        for measure in ("precision", "recall", "f1")
        for end, value in zip(("", "_conf_low", "_conf_high"), getattr(counted, measure), strict=True)
    }
    return {"variable": variable, "level": level, **counted._asdict(), **shares, "expected_precision": None}
