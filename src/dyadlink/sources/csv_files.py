"""CSV files of one table, read as text with the file and row each record came from."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from dyadlink.errors import SourceError
from dyadlink.sources.catalogue import CsvTable

_LINE_IN_MESSAGE = re.compile(r"\bLine:\s*(\d+)")


def check_header(path: Path, columns: Sequence[str]) -> tuple[str, ...]:
    """The file's column names, once it is sure that the needed ones are there; case does not matter.

    Raises:
        SourceError: The file is empty, is not UTF-8 text, lacks a column or has one twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error):
        raise SourceError("is not UTF-8 text", where=str(path), mend="save it as CSV in UTF-8") from None
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})", where=str(path), mend="check its permissions") from None
    if not header:
        raise SourceError("file is empty", where=str(path), mend="export it again")
    found = [name.strip().lower() for name in header]
    doubled = sorted({name for name in found if found.count(name) > 1})
    if doubled:
        raise SourceError(f"column(s) twice: {', '.join(doubled)}", where=f"{path}, line 1", mend="keep one of each")
    missing = [name for name in columns if name.lower() not in found]
    if missing:
        raise SourceError(
            f"missing column(s) {', '.join(missing)}", where=f"{path}, line 1", mend="export these columns too"
        )
    return tuple(found)


def load_csv(connection: duckdb.DuckDBPyConnection, table: CsvTable, files: Sequence[Path]) -> int:
    """Load the table's files as text, with `source_file` and `source_row` (1 is the first record).

    Returns:
        The number of rows read.

    Raises:
        SourceError: A file lacks a column or is not well-formed CSV.
    """
    by_header: dict[tuple[str, ...], list[str]] = {}
    for path in files:
        by_header.setdefault(check_header(path, table.columns), []).append(str(path))
    params = {f"files_{number}": paths for number, paths in enumerate(by_header.values())}
    parts = [_select(table, header, f"$files_{number}") for number, header in enumerate(by_header)]
    query = " union all ".join(parts)
    try:
        connection.execute(f'create or replace table "{table.name}" as {query}', params)
    except duckdb.Error as error:
        raise _plain_error(error, table, files) from None
    return int(connection.table(table.name).count("*").fetchall()[0][0])


def _select(table: CsvTable, header: Sequence[str], files: str) -> str:
    """The query that reads files of one header. Nothing is guessed: a guess once took a '#' for a comment."""
    wanted = ", ".join(f'"{name}"' for name in table.columns)
    types = ", ".join(f"'{name.replace(chr(39), chr(39) * 2)}': 'varchar'" for name in header)
    return f"""
        select {wanted}, filename as source_file,
            row_number() over (partition by filename order by file_position) as source_row
        from (
            select *, row_number() over () as file_position
            from read_csv({files}, auto_detect = false, columns = {{{types}}}, header = true, delim = ',',
                quote = '"', escape = '"', nullstr = '', strict_mode = true, null_padding = false, filename = true)
        )
    """  # noqa: S608  # wanted names come from the catalogue, those of the header are quoted


def _plain_error(error: duckdb.Error, table: CsvTable, files: Sequence[Path]) -> SourceError:
    """The engine's message quotes the line at fault: keep the file and the line's number only."""
    message = str(error)
    named = next((str(path) for path in files if str(path) in message), str(files[0]))
    line = _LINE_IN_MESSAGE.search(message)
    place = f"{named}, line {line.group(1)}" if line else named
    return SourceError(
        f"is not a well-formed CSV file of table {table.name}",
        where=place,
        mend="check quotes, number of fields and encoding on that line",
    )
