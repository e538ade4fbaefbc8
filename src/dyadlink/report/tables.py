"""Released frames as what the page shows: captions, header cells and cells with their text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dyadlink.report import labels
from dyadlink.report.drawing import Drawing
from dyadlink.report.reading import Release

_UPRIGHT = 7
"""Columns that fit beside each other with each cell on one line."""
_TURNED = 10
"""Columns that a page held upright has room for, with intervals below their estimates."""
_SHORT = 14
"""Rows of a table that no page cuts."""
_LONG = 24
"""Rows beyond which a table would bury what follows it."""


@dataclass(frozen=True)
class Cell:
    """The text of a table cell; a hidden one has none, the page puts a mark and its explanation there.

    Args:
        text: What stands in it.
        is_hidden: Whether it may not be told.
        link: Id of the section that the text points to, where it does.
    """

    text: str = ""
    is_hidden: bool = False
    link: str = ""


@dataclass(frozen=True)
class Row:
    """A row; `is_heading` rows only name the variable of the rows below them."""

    header: str
    cells: tuple[Cell, ...] = ()
    is_heading: bool = False
    is_indented: bool = False


@dataclass(frozen=True)
class Table:
    """A table of the report.

    Args:
        name: The released table that it shows.
        caption: What it shows.
        columns: Heads; the first is that of the rows' headers.
        rows: The rows.
        download: The released file as a data URI; empty if it shows none.
        hidden: Why a cell is hidden, where the usual words would not do.
        number: Its place among all tables of the report.
        terms: Terms of the definitions that it uses.
        is_text: Whether its cells hold sentences rather than numbers.
        is_open: Whether the page shows it at once, however long it is.
        is_stacked: Whether intervals go below their estimates, however few columns there are.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    download: str = ""
    hidden: str = ""
    number: int = 0
    terms: tuple[str, ...] = ()
    is_text: bool = False
    is_open: bool = False
    is_stacked: bool = False

    @property
    def has_hidden(self) -> bool:
        """Whether the page must explain the mark for hidden cells."""
        return any(cell.is_hidden for row in self.rows for cell in row.cells)

    @property
    def is_folded(self) -> bool:
        """Whether the page keeps it behind its caption until it is asked for."""
        return len(self.rows) > _LONG and not self.is_open

    @property
    def is_short(self) -> bool:
        """Whether it stays on one page."""
        return len(self.rows) <= _SHORT and not self.is_text

    @property
    def is_wide(self) -> bool:
        """Whether its cells are too wide for one line: an interval then goes below its estimate."""
        return self.is_stacked or len(self.columns) > _UPRIGHT

    @property
    def is_turned(self) -> bool:
        """Whether it is too wide for a page held upright, even so."""
        return len(self.columns) > _TURNED

    @property
    def key(self) -> str:
        """Its name among the report's files."""
        return f"table-{self.number:02d}"


@dataclass(frozen=True)
class Figure:
    """A drawing of the report.

    Args:
        drawing: The drawing.
        label: What it shows, for those who cannot see it.
        caption: What it is.
        data: The released rows that are drawn, as CSV.
        number: Its place among all figures of the report.
    """

    drawing: Drawing
    label: str
    caption: str
    data: str
    number: int = 0

    @property
    def key(self) -> str:
        """Its name among the report's files."""
        return f"figure-{self.number:02d}"


@dataclass(frozen=True)
class Part:
    """A heading with its sentences, lists, figures and tables, and below them parts that open on demand."""

    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    bullets: tuple[str, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    folded: tuple[Part, ...] = ()


def unbroken(text: str) -> str:
    """The text with the blanks within brackets such that a line does not break there."""
    return re.sub(r"\([^()]*\)", lambda found: found[0].replace(" ", "\u00a0"), text)


def number(value: float | None, decimals: int = 0) -> str:
    """The number with thousands separated and a true minus sign; empty if there is none."""
    # Adding 0.0 turns a rounded -0.0 into 0.0.
    return "" if value is None else f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "\u2212")


def ratio(value: float | None) -> str:
    """A ratio: two decimals, one from 10, none from 100."""
    if value is None:
        return ""
    return f"{value:,.{2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0}f}"


def p_value(value: float | None) -> str:
    """A p-value to three decimals."""
    if value is None:
        return ""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def count_cell(row: dict[str, object] | None) -> Cell:
    """`1,230 (6.3%)`, `1,230`, or a hidden cell."""
    if row is None or row["n"] is None:
        return Cell(is_hidden=True)
    percent = row.get("percent")
    share = "" if percent is None or row.get("level") == "total" else f" ({percent:.1f}%)"
    return Cell(f"{row['n']:,}{share}")


def counts_table(release: Release, name: str, caption: str, headings: dict[str, str] | None = None) -> Table | None:
    """Levels as rows under their variable, groups as columns; None if the release lacks the table.

    Args:
        release: The release.
        name: A table of counts.
        caption: What it shows.
        headings: Group to heading, where the usual label of the group would not do.
    """
    frame = release.find(name)
    if frame.is_empty():
        return None
    groups = _unique(frame, "group")
    cells = {(row["variable"], row["level"], row["group"]): row for row in frame.iter_rows(named=True)}
    rows: list[Row] = []
    for variable in _unique(frame, "variable"):
        levels = _unique(frame.filter(pl.col("variable") == variable), "level")
        if variable != "total":
            rows.append(Row(labels.variable_label(variable), is_heading=True))
        for level in levels:
            header = labels.level_label(level, variable) if variable != "total" else "All, n"
            found = tuple(count_cell(cells.get((variable, level, group))) for group in groups)
            rows.append(Row(header, found, is_indented=variable != "total"))
    columns = ("", *((headings or {}).get(group) or labels.group_label(group) for group in groups))
    return Table(name, caption, columns, tuple(rows), release.downloads[name])


def medians_tables(release: Release, names: Sequence[str], headings: dict[str, str]) -> list[Table]:
    """One table with the medians (quartiles) of these tables; none if the release has none of them.

    Args:
        release: The release.
        names: Tables that the medians belong to; of several each becomes a heading.
        headings: Group to heading, where the usual label of the group would not do.
    """
    frame = release.find("medians")
    part = frame.filter(pl.col("table").is_in(list(names))) if frame.height else frame
    if part.is_empty():
        return []
    groups = _unique(part, "group")
    rows: list[Row] = []
    for (name,), of_table in part.group_by("table", maintain_order=True):
        if len(names) > 1:
            rows.append(Row(labels.table_label(str(name)), is_heading=True))
        cells = {(row["variable"], row["group"]): row for row in of_table.iter_rows(named=True)}
        rows += [
            Row(
                labels.variable_label(variable),
                tuple(_median_cell(cells.get((variable, group))) for group in groups),
                is_indented=len(names) > 1,
            )
            for variable in _unique(of_table, "variable")
        ]
    columns = ("Median (quartiles)", *(headings.get(group) or labels.group_label(group) for group in groups))
    caption = f"{labels.table_label(names[0])}: medians (quartiles)" if len(names) == 1 else "Medians (quartiles)"
    hidden = f"Not shown: fewer than {release.manifest['profile']['minimum_median_n']} people"
    return [Table("medians", caption, columns, tuple(rows), release.downloads["medians"], hidden)]


def _median_cell(row: dict[str, Any] | None) -> Cell:
    if row is None or row["median"] is None:
        return Cell(is_hidden=True)
    return Cell(f"{row['median']:,} ({row['lower_quartile']:,} to {row['upper_quartile']:,})")


def levels_over_time(release: Release, name: str, caption: str) -> Table | None:
    """The levels of involvement as rows, the times as columns."""
    frame = release.find(name)
    if frame.is_empty():
        return None
    everyone = frame.filter((pl.col("group") == "all") & (pl.col("variable") != "total"))
    times, levels = _unique(everyone, "variable"), _unique(everyone, "level")
    cells = {(row["variable"], row["level"]): row for row in everyone.iter_rows(named=True)}
    rows = tuple(
        Row(labels.level_label(level), tuple(_or_blank(cells.get((time, level))) for time in times)) for level in levels
    )
    columns = ("Level", *(labels.variable_label(time) for time in times))
    return Table(name, caption, columns, rows, release.downloads[name])


def plain_table(release: Release, name: str, caption: str, columns: dict[str, str], frame: pl.DataFrame) -> Table:
    """The frame's columns as text, in this order and under these headings; a hidden count is marked.

    Args:
        release: Where the download comes from.
        name: The released table.
        caption: What the table shows.
        columns: Column of the frame to heading; the first is the row's header.
        frame: The rows.
    """
    first, *others = columns
    rows = tuple(
        Row(str(row[first]), tuple(_cell(row, column) for column in others)) for row in frame.iter_rows(named=True)
    )
    return Table(name, caption, tuple(columns.values()), rows, release.downloads.get(name, ""))


def _cell(row: dict[str, object], column: str) -> Cell:
    value = row[column]
    if value is None:
        is_hidden = column == "n" or str(row.get("status", "")).startswith("suppressed")
        return Cell(is_hidden=is_hidden)
    return Cell(number(value) if isinstance(value, int) and not isinstance(value, bool) else str(value))


def _or_blank(row: dict[str, object] | None) -> Cell:
    # A level that this time does not have (follow-up is complete at birth) is blank, not hidden.
    return Cell() if row is None else count_cell(row)


def _unique(frame: pl.DataFrame, column: str) -> list[str]:
    return [str(value) for value in frame.get_column(column).unique(maintain_order=True)]
