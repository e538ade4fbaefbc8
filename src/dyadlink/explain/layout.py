"""Plain text that fits a width: headings, paragraphs, and tables whose widest columns are folded."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Protocol

import polars as pl

NOTHING = "-"
"""Stands for a value that is missing."""
_GAP = "  "


class Block(Protocol):
    """A part of a page."""

    def lines(self, width: int) -> list[str]:
        """Its lines, none longer than the width."""
        ...


@dataclass(frozen=True)
class Heading:
    """A line of words with a rule below it."""

    words: str

    def lines(self, width: int) -> list[str]:
        """An empty line, the words, a rule."""
        return ["", *textwrap.wrap(self.words, width), "=" * min(len(self.words), width)]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str
    indent: int = 0

    def lines(self, width: int) -> list[str]:
        """The words, folded; what goes on in a further line stands two deeper."""
        start = " " * self.indent
        return textwrap.wrap(self.words, width, initial_indent=start, subsequent_indent=f"{start}  ") or [""]


@dataclass(frozen=True)
class Table:
    """Rows under their columns."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    title: str = ""
    empty: str = "none"
    indent: int = 2

    def lines(self, width: int) -> list[str]:
        """The title, the columns and the rows; too many columns for the width: each row as a paragraph."""
        title = [f"{self.title}: {self.empty}" if not self.rows else self.title] if self.title else []
        if not self.rows:
            return title or [f"{' ' * self.indent}{self.empty}"]
        cells = [[words(value) for value in row] for row in self.rows]
        header = [list(self.columns)] if any(self.columns) else []
        columns = list(zip(*header, *cells, strict=True))
        room = width - self.indent - len(_GAP) * (len(columns) - 1)
        least = [min(max(map(len, column)), max(map(_longest_part, column))) for column in columns]
        if sum(least) > room:
            return title + [line for row in cells for line in self._paragraph(row).lines(width)]
        widths = _widths([max(map(len, column)) for column in columns], least, room)
        return title + [line for row in (*header, *cells) for line in _folded(row, widths, " " * self.indent)]

    def _paragraph(self, row: Sequence[str]) -> Text:
        told = ", ".join(f"{name} {value}" for name, value in zip(self.columns, row, strict=True))
        return Text(told, self.indent)


def _parts(cell: str) -> list[str]:
    """What a cell may be folded between: words, and the parts of a name or a path, but not those of a date."""
    return re.findall(r"[^ _/]*[ _/]?", cell)[:-1]


def _longest_part(cell: str) -> int:
    return max(map(len, _parts(cell)), default=0)


def _widths(wanted: list[int], least: Sequence[int], room: int) -> list[int]:
    """The width of each column: those with most to spare give way, where there is no room for all."""
    widths = list(wanted)
    while sum(widths) > room:
        spare = [width - least_width for width, least_width in zip(widths, least, strict=True)]
        widths[spare.index(max(spare))] -= 1
    return widths


def _folded(row: Sequence[str], widths: Sequence[int], start: str) -> list[str]:
    cells = [_fold(cell, width) for cell, width in zip(row, widths, strict=True)]
    return [
        (start + _GAP.join(line.ljust(width) for line, width in zip(lines, widths, strict=True))).rstrip()
        for lines in zip_longest(*cells, fillvalue="")
    ]


def _fold(cell: str, width: int) -> list[str]:
    lines = [""]
    for part in _parts(cell):
        if len((lines[-1] + part).rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return [line.rstrip() for line in lines]


def frame_table(
    frame: pl.DataFrame, columns: Sequence[str], title: str = "", *, empty: str = "none", indent: int = 2
) -> Table:
    """The rows of a frame in these columns."""
    return Table(columns, frame.select(columns).rows(), title, empty, indent)


def words(value: object) -> str:
    """A value as it is shown."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def render(blocks: Iterable[Block], width: int) -> str:
    """The page; no value that would steer a terminal is let through."""
    lines = (line for block in blocks for line in block.lines(width))
    return "".join("".join(letter if letter.isprintable() else "?" for letter in line) + "\n" for line in lines)
