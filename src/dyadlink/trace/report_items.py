"""A table or figure of the report: which released tables it shows, and whether its file is what they give."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dyadlink.errors import DyadlinkError
from dyadlink.report.document import Document, build_document
from dyadlink.report.reading import read_release
from dyadlink.report.table_files import table_csv

_NAME = re.compile(r"(table|figure)[ -]?0*([1-9]\d*)", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """A table or figure of the report.

    Args:
        key: Its name among the report's files.
        caption: What it shows.
        tables: The released tables it is made from; none where it is made from the manifest alone.
        data: Its rows as CSV, as the report writes them.
    """

    key: str
    caption: str
    tables: tuple[str, ...]
    data: str


def name_of_item(text: str) -> str | None:
    """The name of a table or figure among the report's files: of `Table 7`, `figure-03`; none where it is none."""
    found = _NAME.fullmatch(text.strip())
    return None if found is None else f"{found[1].lower()}-{int(found[2]):02d}"


def find_item(name: str, release: Path) -> Item:
    """The table or figure of that name in the report of a release; the report is made again for this, in memory.

    Args:
        name: As `name_of_item` gives it.
        release: Folder of the release.

    Raises:
        DyadlinkError: The report has no such one; and whatever reading the release raises.
    """
    read = read_release(release)
    document = build_document(read)
    item = _table(document, name) or _figure(document, name, read.tables)
    if item is None:
        raise DyadlinkError(
            f"the report of this release has {len(document.tables())} tables and {len(document.figures())} figures",
            where=name,
            mend="give the number of one of them",
        )
    return item


def _table(document: Document, name: str) -> Item | None:
    table = next((table for table in document.tables() if table.key == name), None)
    if table is None:
        return None
    return Item(name, table.caption, (table.name,) if table.name else (), table_csv(table))


def _figure(document: Document, name: str, tables: dict[str, pl.DataFrame]) -> Item | None:
    figure = next((figure for figure in document.figures() if figure.key == name), None)
    if figure is None:
        return None
    rows = list(csv.DictReader(io.StringIO(figure.data)))
    return Item(name, figure.caption, _tables_of(rows, tables), figure.data)


def _tables_of(rows: list[dict[str, str]], tables: dict[str, pl.DataFrame]) -> tuple[str, ...]:
    """The released tables in which every drawn row stands, those that share most columns with it."""
    if not rows:
        return ()
    shared: dict[str, int] = {}
    for name, table in tables.items():
        columns = [column for column in rows[0] if column in table.columns]
        # A drawing may add a column of its own, to tell its series apart.
        if len(columns) + 1 >= len(rows[0]):
            own = {tuple(row[column] for column in columns) for row in _as_text(table.select(columns))}
            if all(tuple(row[column] for column in columns) in own for row in rows):
                shared[name] = len(columns)
    return tuple(sorted(name for name, n in shared.items() if n == max(shared.values())))


def _as_text(table: pl.DataFrame) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.write_csv())))
