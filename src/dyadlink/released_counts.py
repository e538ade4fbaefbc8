"""The counts of a released table in one shape, whatever table it is: for the ledger, and to compare releases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from dyadlink.ledger import ReleasedCount

MEASURES = ("n", "n_any", "n_at_risk", "n_events")
"""Columns that count."""
_OF_NO_CELL = {"status", "note", "label", "title", "table"}
"""Texts that do not say which cell a row is."""
_PLACES = {"order", "time_days", "horizon_days", "landmark_days"}
"""Whole numbers that say which cell a row is."""


def keys_of(table: pl.DataFrame) -> list[str]:
    """The columns that say which cell a row is."""
    return [
        name
        for name, kind in table.schema.items()
        if (kind == pl.String and name not in _OF_NO_CELL) or name in _PLACES
    ]


def counts_of(name: str, table: pl.DataFrame, population: str = "") -> Iterator[ReleasedCount]:
    """Every count of a table, hidden ones too.

    A table of models gives one row for each model: its n and events are those of all its rows. Other tables give
    variable, level and group as they have them; further labels stand in the variable, joined by `/`.

    Args:
        name: Of the table.
        table: As it is released, with a column `status`.
        population: Who could be counted, in words.
    """
    measures = [measure for measure in MEASURES if measure in table.columns]
    if "status" not in table.columns or not measures:
        return
    is_of_models = "model" in table.columns
    if is_of_models:
        table = table.drop_nulls(measures[0]).unique("model", keep="first", maintain_order=True)
    keys = ["model"] if is_of_models else keys_of(table)
    for row in table.select({*keys, *measures, "status"}).iter_rows(named=True):
        variable, level, group = _labels({key: str(row[key] or "") for key in keys}, is_of_models=is_of_models)
        for measure in measures:
            yield ReleasedCount(
                table=name,
                variable=variable,
                level=level,
                group=group,
                measure=measure,
                population=population,
                n=row[measure],
                status="rounded" if is_of_models else row["status"],
            )


def _labels(row: dict[str, str], *, is_of_models: bool) -> Sequence[str]:
    if is_of_models:
        return (row["model"], "analysed", "all")
    level, group = row.pop("level", None), row.pop("group", "all")
    if level is None:
        *labels, level = row.values() if row else ("all",)
        return ("/".join(labels) or "all", level, group)
    return ("/".join(row.values()), level, group)
