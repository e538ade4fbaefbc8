"""Parquet files of one table; typed values become the text that a CSV file would hold."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from dyadlink.errors import SourceError
from dyadlink.machine_errors import machine_error
from dyadlink.sources.catalogue import SourceFile
from dyadlink.sources.columns import match_columns
from dyadlink.sources.target import Target, literal
from dyadlink.sources.typed_values import kind_of, select_list

Header = tuple[tuple[str, str], ...]
"""Name and type of each column of a file."""


def load_parquet(target: Target, files: Sequence[SourceFile]) -> None:
    """Load files into the table.

    Raises:
        SourceError: A file cannot be read, is cut short, is no Parquet, or lacks a column.
    """
    forms: dict[tuple[Header, tuple[str, ...]], list[SourceFile]] = {}
    for file in files:
        forms.setdefault((_header(target, file), tuple(sorted(file.wildcards))), []).append(file)
    for (header, given), alike in forms.items():
        _add(target, alike, header, given)


def _header(target: Target, file: SourceFile) -> Header:
    try:
        with file.path.open("rb") as stream:
            is_empty = not stream.read(1)
        if is_empty:
            raise SourceError("file is empty", where=str(file.path), mend="export it again")
        rows = target.store.connection.execute("describe from read_parquet($path)", {"path": str(file.path)}).fetchall()
    except OSError as error:
        raise SourceError(
            f"cannot be read ({error.strerror})", where=str(file.path), mend="check its permissions"
        ) from None
    except duckdb.Error:
        raise _damaged(file) from None
    return tuple((name, physical) for name, physical, *_ in rows)


def _add(target: Target, files: Sequence[SourceFile], header: Header, given: Sequence[str]) -> None:
    wanted = target.wanted(given)
    where = str(files[0].path)
    places = match_columns(wanted, [name for name, _ in header], where, target.local)
    target.note_keys(wanted, places, [kind_of(physical) for _, physical in header], where)
    numbers = [target.add_file(str(file.path), file.wildcards) for file in files]
    values = select_list(wanted, places, header, target.table.dates)
    try:
        _read_through(target, files, values)
    except duckdb.Error as error:
        raise machine_error(error) or _damaged(_file_at_fault(target, files, values)) from None
    paths = ", ".join(literal(str(file.path)) for file in files)
    target.add_rows_of(
        f"select {values}, (file_index + {numbers[0]})::integer as file_number, file_row_number::bigint as file_place "  # noqa: S608
        f"from read_parquet([{paths}])"
    )


def _read_through(target: Target, files: Sequence[SourceFile], values: str) -> None:
    """Read every value once: what is damaged is to be told now, and not by a query far from here."""
    query = f"select bit_xor(hash(found)) from (select {values} from read_parquet($paths)) as found"  # noqa: S608
    target.store.connection.execute(query, {"paths": [str(file.path) for file in files]}).fetchall()


def _file_at_fault(target: Target, files: Sequence[SourceFile], values: str) -> SourceFile:
    """The first file that cannot be read alone; the engine does not say which of several it was."""
    for file in files:
        try:
            _read_through(target, [file], values)
        except duckdb.Error:
            return file
    return files[0]


def _damaged(file: SourceFile) -> SourceError:
    return SourceError("is no Parquet file, or is cut short", where=str(file.path), mend="export it again")
