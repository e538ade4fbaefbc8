"""A table of the report as CSV, as it is shown."""

from __future__ import annotations

import csv
import io
import math
import re

from dyadlink.report.tables import Cell, Table, unbroken

HIDDEN = "not shown"
MARK = "\u2013"
_NARROWEST, _WIDEST = 5, 30
"""Digits that a column has room for at least, and at most."""
_WIDEST_FIRST = {7: 20, 5: 26, 0: 40}
"""Columns from which on the first one has room for so many at most: its words break rather than the numbers beside."""
_NARROW = frozenset(" .,:;()'il")
_BOLD = 1.15
_AIR = 2
"""Digits between two columns."""


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
    widest = next(most for n, most in _WIDEST_FIRST.items() if len(table.columns) >= n)
    first = min(max([_NARROWEST, *map(_breadth, headers)]), widest) + _AIR
    columns = [
        [row.cells[place].text for row in rows if place < len(row.cells)] for place in range(len(table.columns) - 1)
    ]
    if table.is_wide and not table.is_text:
        columns = [[piece for text in column for piece in unbroken(text).split(" ")] for column in columns]
    return first, *(_weight(head, column) for head, column in zip(table.columns[1:], columns, strict=True))


def _weight(head: str, texts: list[str]) -> int:
    """Digits of the broadest text, or of the broadest word of the head, which is set in bold."""
    words = [math.ceil(_BOLD * _breadth(word)) for word in re.split(r"[ -]", head)]
    return min(max([_NARROWEST, *map(_breadth, texts), *words]), _WIDEST) + _AIR


def _breadth(text: str) -> int:
    """How many digits are as broad as the text: what is narrow counts for half, and all else as a digit does."""
    return math.ceil(sum(0.5 if c in _NARROW or c == "\u00a0" else 1.3 if c == "<" else 1 for c in text))
