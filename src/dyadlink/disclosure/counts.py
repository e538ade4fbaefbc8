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

SAME_PEOPLE = {("custody_and_plan", "custody_lost_after_t2"): ("characteristics_by_custody_loss", "yes")}
"""Table and column that count the very people of another table's column: what one hides the other must not show."""

Cell = tuple[str, str, str]
"""Variable, level and group."""


def protect_counts(counts: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (table, variable, level, group), in the order of the input.

    Columns: table, variable, level, group, status, n (rounded; null where hidden) and percent (shown n over
    the shown total of the same group, one decimal; null where either is hidden). A cell that the input leaves
    out is a zero. Each table is protected as a whole, because its variables share their totals; and two together where
    a column of the one counts the people of a column of the other (`SAME_PEOPLE`).

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
    tables = {str(key[0]): part for key, part in checked.partition_by("table", as_dict=True).items()}
    released: dict[str, pl.DataFrame] = {}
    for family in _families(list(tables)):
        released |= _protect_family({table: tables[table] for table in family}, profile)
    order = checked.get_column("table").unique(maintain_order=True)
    return (
        pl.concat(released[name] for name in order)
        if released
        else add_percent(checked.with_columns(status=pl.lit("")))
    )


def _families(tables: list[str]) -> list[tuple[str, ...]]:
    """The tables, those that have a column of the same people together; in `SAME_PEOPLE` the other table comes last."""
    pairs = [(one, other) for (one, _), (other, _) in SAME_PEOPLE.items() if {one, other} <= set(tables)]
    joined = {table for pair in pairs for table in pair}
    return [*pairs, *((table,) for table in tables if table not in joined)]


def _protect_family(tables: dict[str, pl.DataFrame], profile: Profile) -> dict[str, pl.DataFrame]:
    values: list[int] = []
    blocks: list[str] = []
    keep: list[int] = []
    lines: list[Line] = []
    place: dict[tuple[str, Cell], int] = {}
    for table, counts in tables.items():
        given = {(v, level, g): n for v, level, g, n in counts.select(*_KEYS[1:], "n").iter_rows()}
        system, cells = _lay_out(given, table)
        start = len(values)
        place |= {(table, cell): start + i for i, cell in enumerate(cells)}
        lines += [Line(start + line.total, tuple(start + part for part in line.parts)) for line in system.lines]
        values += system.values
        blocks += system.blocks
        keep += [start + cell for cell in system.keep]
    for (one, column), (other, same) in SAME_PEOPLE.items():
        twins = [
            (place.get((other, (v, level, same))), i)
            for (t, (v, level, g)), i in place.items()
            if (t, g) == (one, column)
        ]
        lines += [Line(total, (part,)) for total, part in twins if total is not None]
    whole = CellSystem(tuple(values), tuple(lines), tuple(blocks), tuple(keep))
    names = pl.DataFrame([(table, *cell) for table, cell in place], schema=_KEYS, orient="row")
    protected = add_percent(pl.concat([names, protect_cells(whole, profile)], how="horizontal"))
    return {table: protected.filter(pl.col("table") == table) for table in tables}


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


def add_percent(protected: pl.DataFrame) -> pl.DataFrame:
    """The rows with percent: the shown n over the shown total of the same group, one decimal."""
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
