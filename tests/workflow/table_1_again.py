"""Table 1 a second time, from the rows of the analysis table: counted one by one, with nothing but the language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import median, quantiles
from typing import Any

Row = Mapping[str, Any]
Cell = tuple[str, str, str, str]
"""Table, variable, level, group."""

TABLES = {
    "characteristics_by_o1": ("o1", None),
    "characteristics_by_o2": ("o2", None),
    "characteristics_by_custody_loss": ("o4", "o4_at_risk"),
    "characteristics_by_plan": ("o3", "o3_at_risk"),
}
"""Outcome of each table, and who can have it; nobody is left out where there is no second."""


def members(rows: Sequence[Row], table: str) -> Iterator[tuple[str, Row]]:
    """Each dyad of the table under each group that it is in; an outcome that is not known is in none."""
    outcome, at_risk = TABLES[table]
    for row in rows:
        if row[outcome] is not None and (at_risk is None or row[at_risk] is True):
            yield "all", row
            yield ("yes" if row[outcome] else "no"), row


def word(value: object) -> str:
    """What the table calls a value."""
    words = {True: "yes", False: "no"}
    return "missing" if value is None else words[value] if isinstance(value, bool) else str(value)


def cells(rows: Sequence[Row], table: str, variables: Sequence[str]) -> Counter[Cell]:
    """Dyads in each cell that holds any."""
    counted: Counter[Cell] = Counter()
    for group, row in members(rows, table):
        counted[table, "total", "total", group] += 1
        counted.update((table, variable, word(row[variable]), group) for variable in variables)
    return counted


def middle(
    rows: Sequence[Row], table: str, variable: str, group: str
) -> tuple[int, float | None, float | None, float | None]:
    """Dyads with a value, lower quartile, median and upper quartile; none where there is nobody."""
    values = [row[variable] for name, row in members(rows, table) if name == group and row[variable] is not None]
    if len(values) < 2:
        only = float(values[0]) if values else None
        return len(values), only, only, only
    lower, _, upper = quantiles(values, n=4, method="inclusive")
    return len(values), lower, float(median(values)), upper
