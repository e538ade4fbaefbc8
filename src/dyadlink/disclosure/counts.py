"""Released counts: small ones and their protectors hidden, the rest rounded, percentages recomputed."""

from __future__ import annotations

from itertools import product

import polars as pl

from dyadlink.disclosure.cells import Reading, Told, protect_alone
from dyadlink.disclosure.people import ALL, TOTAL, YES, Study
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import INNER, MAIN_MARGIN, MARGIN, TOTAL_MARGIN, Builder
from dyadlink.errors import DyadlinkError
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table

__all__ = ["ALL", "NO_COUNTS", "TOTAL", "YES", "add_percent", "lay_out_counts", "protect_counts"]

_KEYS = ["table", "variable", "level", "group"]
NO_COUNTS = pl.DataFrame(schema=dict.fromkeys([*_KEYS, "status"], pl.String) | {"n": pl.Int64, "percent": pl.Float64})
"""Released counts of no table."""

Cell = tuple[str, str, str]
"""Variable, level and group."""


def protect_counts(counts: pl.DataFrame, profile: Profile, study: Study | None = None) -> pl.DataFrame:
    """One row per (table, variable, level, group), in the order of the input: the counts as a system of their own.

    Columns: see `lay_out_counts`.

    Raises:
        DyadlinkError: See `lay_out_counts`.
    """
    tables = protect_alone(lambda builder: lay_out_counts(builder, counts, study or Study()), profile)
    order = counts.get_column("table").unique(maintain_order=True)
    return pl.concat([NO_COUNTS, *(tables[name] for name in order)])


def lay_out_counts(builder: Builder, counts: pl.DataFrame, study: Study) -> Reading:
    """What takes the released tables out of the system, by their names, once the counts are laid out in it.

    Columns: table, variable, level, group, status, n (rounded; null where hidden) and percent (shown n over
    the shown total of the same group, one decimal; null where either is hidden). A cell that the input leaves
    out is a zero. Cells of the same people are one, in whatever tables they stand.

    Args:
        builder: The system; the counts are added to it.
        counts: In the shape of `Counts`, with an `all` column in each table, and a total that the levels add
            up to: variable `total`, or the variable's own level `total`.
        study: Who is counted in which cell.

    Raises:
        DyadlinkError: A count is negative or fractional, a margin is missing, or parts do not add up.
    """
    _check_numbers(counts)
    checked = check_table(counts, Counts, "counts")
    rows: list[tuple[str, Cell]] = []
    for (table,), part in checked.partition_by("table", as_dict=True, maintain_order=True).items():
        given = {(v, level, g): n for v, level, g, n in part.select(*_KEYS[1:], "n").iter_rows()}
        rows += [(str(table), cell) for cell in _lay_out(builder, given, str(table), study)]

    def read(told: Told) -> dict[str, pl.DataFrame]:
        names = pl.DataFrame([(table, *cell) for table, cell in rows], schema=_KEYS, orient="row")
        found = told.rows(study.cell(table, *cell) for table, cell in rows)
        released = add_percent(pl.concat([names, found], how="horizontal"))
        return {str(key[0]): part for key, part in released.partition_by("table", as_dict=True).items()}

    return read


def _lay_out(builder: Builder, given: dict[Cell, int], table: str, study: Study) -> list[Cell]:
    """The table's cells, in order, once they and their sums are laid out."""
    groups = list(dict.fromkeys(group for _, _, group in given))
    levels: dict[str, list[str]] = {}
    for variable, level, _ in given:
        if level not in levels.setdefault(variable, []):
            levels[variable].append(level)
    margins = _find_margins(levels, table)
    _check_margins(given, levels, groups, table)
    cells = [(v, level, g) for v in levels for level, g in product(levels[v], groups)]
    people = {cell: study.cell(table, *cell) for cell in cells}
    totals = {(*margin, g) for margin, g in product(margins.values(), groups)}
    for cell in cells:
        variable, level, group = cell
        # Of a row's cells readers need the one for everyone most, of a variable's levels "yes", of a column the total.
        need = INNER if len(groups) == 1 or group != ALL else MAIN_MARGIN if level == YES else MARGIN
        need = TOTAL_MARGIN if cell in totals else need
        builder.add(people[cell], given.get(cell, 0), f"table {table}, {variable}", need)
    parts = [group for group in groups if group != ALL]
    for variable, of_variable in levels.items():
        for level in of_variable if parts else []:
            builder.tie(people[variable, level, ALL], (people[variable, level, group] for group in parts))
    for (variable, margin), group in product(margins.items(), groups):
        inner = [level for level in levels[variable] if level != TOTAL]
        builder.tie(people[*margin, group], (people[variable, level, group] for level in inner))
    return cells


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
    """Nothing, if every total and every row for everyone is given; a part that is left out is a zero.

    Raises:
        DyadlinkError: One is not.
    """
    for variable, of_variable in levels.items():
        for level in of_variable:
            needed = groups if TOTAL in {variable, level} else [ALL]
            if any((variable, level, group) not in given for group in needed):
                where = f"table {table}, {variable}"
                raise DyadlinkError("a margin is missing", where=where, mend="add the total or 'all' counts")


def _check_numbers(counts: pl.DataFrame) -> None:
    mend = "correct what counted them"
    if not counts.schema.get("n", pl.String()).is_integer():
        raise DyadlinkError("counts must be whole numbers", where="table counts, column n", mend=mend)
    broken = counts.filter(pl.col("n").is_null() | (pl.col("n") < 0))
    if broken.height and "table" in broken.columns:
        names = ", ".join(sorted(set(broken["table"])))
        raise DyadlinkError("a count is missing or below zero", where=f"table {names}, column n", mend=mend)


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
