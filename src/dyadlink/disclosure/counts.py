"""Released counts: small ones and their protectors hidden, the rest rounded, percentages recomputed."""

from __future__ import annotations

from itertools import product

import polars as pl

from dyadlink.disclosure.audit import CellSystem, Line
from dyadlink.disclosure.cells import protect_cells
from dyadlink.disclosure.profiles import Profile
from dyadlink.errors import DyadlinkError
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table

TOTAL = "total"
ALL = "all"
YES = "yes"
_KEYS = ["table", "variable", "level", "group"]

Cell = tuple[str, str, str]
"""Variable, level and group."""


def protect_counts(counts: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (table, variable, level, group), in the order of the input.

    Columns: table, variable, level, group, status, n (rounded; null where hidden) and percent (shown n over
    the shown total of the same group, one decimal; null where either is hidden). A cell that the input leaves
    out is a zero. Each table is protected as a whole, because its variables share their totals.

    Args:
        counts: In the shape of `Counts`, with an `all` column in each table, and a total that the levels add
            up to: variable `total`, or the variable's own level `total`.
        profile: The rules.

    Raises:
        DyadlinkError: A count is negative or fractional, a margin is missing, or parts do not add up.
    """
    if not counts.schema.get("n", pl.String()).is_integer():
        raise DyadlinkError("counts must be whole numbers", where="disclosure, column n")
    checked = check_table(counts, Counts, "counts")
    order = checked.get_column("table").unique(maintain_order=True)
    released = [_protect_table(checked.filter(pl.col("table") == name), profile) for name in order]
    return pl.concat(released) if released else _add_percent(checked.with_columns(status=pl.lit("")))


def _protect_table(counts: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    table = counts.item(0, "table")
    given = {
        (row["variable"], row["level"], row["group"]): row["n"]
        for row in counts.select("variable", "level", "group", "n").iter_rows(named=True)
    }
    system, cells = _lay_out(given, table)
    frame = pl.DataFrame(cells, schema=["variable", "level", "group"], orient="row")
    protected = pl.concat([frame, protect_cells(system, profile)], how="horizontal")
    return _add_percent(protected.with_columns(pl.lit(table).alias("table")))


def _lay_out(given: dict[Cell, int], table: str) -> tuple[CellSystem, list[Cell]]:
    """The table as a system of sums, and the name of each of its cells."""
    groups = list(dict.fromkeys(group for _, _, group in given))
    levels: dict[str, list[str]] = {}
    for variable, level, _ in given:
        if level not in levels.setdefault(variable, []):
            levels[variable].append(level)
    margins = _find_margins(levels, table)
    _check_margins(given, levels, groups, table)
    cells = [(v, level, g) for v in levels for level, g in product(levels[v], groups)]
    position = {cell: i for i, cell in enumerate(cells)}
    across_groups = [
        Line(position[v, level, ALL], tuple(position[v, level, g] for g in groups if g != ALL))
        for v in levels
        for level in levels[v]
        if len(groups) > 1
    ]
    down_levels = [
        Line(position[*margin, g], tuple(position[v, level, g] for level in levels[v] if level != TOTAL))
        for (v, margin), g in product(margins.items(), groups)
    ]
    values = tuple(given.get(cell, 0) for cell in cells)
    totals = {position[*margin, g] for margin, g in product(margins.values(), groups)}
    # Of a row's cells readers need the one for everyone most, of a variable's levels "yes", of a column the total.
    everyone = {line.total for line in across_groups} - totals

    def need(cell: int) -> tuple[bool, bool, int, bool, int]:
        _, level, group = cells[cell]
        return (cell in totals, level == YES, values[cell], group == ALL, cell)

    keep = tuple(sorted(everyone | totals, key=need))
    blocks = tuple(f"table {table}, {variable}" for variable, _, _ in cells)
    return CellSystem(values, (*across_groups, *down_levels), blocks, keep), cells


def _find_margins(levels: dict[str, list[str]], table: str) -> dict[str, tuple[str, str]]:
    """For each variable the variable and level that its own levels add up to."""
    margins = {}
    for variable, of_variable in levels.items():
        if variable != TOTAL and TOTAL in of_variable:
            # Its own total: variables of one table may be counted in different populations.
            margins[variable] = (variable, TOTAL)
        elif variable != TOTAL and levels.get(TOTAL) == [TOTAL]:
            margins[variable] = (TOTAL, TOTAL)
        elif variable != TOTAL:
            mend = f"add the variable '{TOTAL}' with the one level '{TOTAL}'"
            raise DyadlinkError("the total is missing", where=f"table {table}, {variable}", mend=mend)
    return margins


def _check_margins(given: dict[Cell, int], levels: dict[str, list[str]], groups: list[str], table: str) -> None:
    for variable, of_variable in levels.items():
        for level in of_variable:
            needed = groups if TOTAL in {variable, level} else [ALL]
            if any((variable, level, group) not in given for group in needed):
                where = f"table {table}, {variable}"
                raise DyadlinkError("a margin is missing", where=where, mend="add the total or 'all' counts")


def _add_percent(protected: pl.DataFrame) -> pl.DataFrame:
    is_total = pl.col("level") == TOTAL
    own = protected.filter(is_total).select("table", "group", "variable", own="n", has_own=True)
    shared = protected.filter(is_total & (pl.col("variable") == TOTAL)).select("table", "group", shared="n")
    denominator = pl.when("has_own").then("own").otherwise("shared")
    return (
        protected.join(own, on=["table", "group", "variable"], how="left", maintain_order="left")
        .join(shared, on=["table", "group"], how="left", maintain_order="left")
        .select(
            *_KEYS,
            "status",
            "n",
            # In whole numbers, half up like the counts: 230 of 800 is 28.8, which binary fractions miss.
            percent=pl.when(denominator > 0).then(
                ((2_000 * pl.col("n") + denominator) // (2 * denominator) / 10).round(1)
            ),
        )
    )
