"""A table of the report as CSV, as it is shown."""

from __future__ import annotations

import csv
import io
import re

from dyadlink.report.tables import Cell, Table, unbroken

HIDDEN = "not shown"
MARK = "\u2013"
_NARROWEST, _WIDEST, _WIDEST_FIRST, _WIDEST_OF_MANY = 5, 30, 40, 26
"""Characters that a column is given at least, at most, the first one at most, and that beside many others."""
_MANY = 6
"""Columns from which on the words of the first are broken rather than the heads of the others."""
_AIR = 2
"""Characters between two columns."""


def table_csv(table: Table) -> str:
    """The table as CSV: its heads, then its rows; what a heading says stands before the rows below it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    has_headings = any(row.is_heading for row in table.rows)
    first, *others = table.columns
    writer.writerow([*(["Group"] if has_headings else []), first or "Characteristic", *others])
    heading = ""
    for row in table.rows:
        if row.is_heading:
            heading = row.header
            continue
        group = [heading if row.is_indented else ""] if has_headings else []
        writer.writerow([*group, row.header, *(cell_words(cell) for cell in row.cells)])
    return buffer.getvalue()


def cell_words(cell: Cell) -> str:
    """The text of a cell where no mark can be explained beside it."""
    return HIDDEN if cell.is_hidden else cell.text


def cell_print(cell: Cell, table: Table) -> str:
    """The same to be set in type: a dash for what is hidden; a line of numbers breaks before its bracket alone."""
    if cell.is_hidden:
        return MARK
    if not table.is_text:
        return unbroken(cell.text)
    return re.sub(r"\S{31,}", lambda found: "\u200b".join(re.findall(".{1,16}", found[0])), cell.text)


def notes_below(table: Table, hidden: str) -> list[str]:
    """What the dash means, where the table has one."""
    return [f"{MARK} {table.hidden or f'Not shown: {hidden}'}."] if table.has_hidden else []


def column_weights(table: Table) -> tuple[int, ...]:
    """How wide each column should be beside the others, by the longest of its texts that should not be broken."""
    rows = [row for row in table.rows if not row.is_heading]
    headers = [table.columns[0], *(row.header for row in rows)]
    widest = _WIDEST_OF_MANY if len(table.columns) >= _MANY else _WIDEST_FIRST
    first = min(max([_NARROWEST, *map(len, headers)]), widest) + _AIR
    columns = [
        [row.cells[place].text for row in rows if place < len(row.cells)] for place in range(len(table.columns) - 1)
    ]
    if table.is_wide and not table.is_text:
        columns = [[piece for text in column for piece in unbroken(text).split(" ")] for column in columns]
    return first, *(_weight(head, column) for head, column in zip(table.columns[1:], columns, strict=True))


def _weight(head: str, texts: list[str]) -> int:
    """Characters of the longest text, or of the longest word of the head."""
    return min(max([_NARROWEST, *map(len, texts), *map(len, head.split(" "))]), _WIDEST) + _AIR
