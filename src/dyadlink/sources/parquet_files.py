"""Parquet files of one table; typed values become the text that a CSV file would hold."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from dyadlink.errors import SourceError
from dyadlink.sources.catalogue import SourceFile
from dyadlink.sources.columns import match_columns
from dyadlink.sources.target import Target
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
        _insert(target, alike, header, given)


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


def _insert(target: Target, files: Sequence[SourceFile], header: Header, given: Sequence[str]) -> None:
    wanted = target.wanted(given)
    where = str(files[0].path)
    places = match_columns(wanted, [name for name, _ in header], where, target.local)
    target.note_keys(wanted, places, [kind_of(physical) for _, physical in header], where)
    numbers = [target.add_file(str(file.path), file.wildcards) for file in files]
    names = ", ".join(f'"{column.name}"' for column in wanted)
    values = select_list(wanted, places, header, target.table.dates)
    query = f"""
        insert into {target.rows} ({names}, file_number)
        select {values}, file_index + {numbers[0]} from read_parquet($paths)
    """  # noqa: S608  # names of the layout, and quoted ones of the file
    try:
        target.store.insert(query, {"paths": [str(file.path) for file in files]})
    except duckdb.Error:
        raise _damaged(_file_at_fault(target, files, values)) from None


def _file_at_fault(target: Target, files: Sequence[SourceFile], values: str) -> SourceFile:
    """The first file that cannot be read alone; the engine does not say which of several it was."""
    query = f"select bit_xor(hash(found)) from (select {values} from read_parquet($path)) as found"  # noqa: S608
    for file in files:
        try:
            target.store.connection.execute(query, {"path": str(file.path)}).fetchall()
        except duckdb.Error:
            return file
    return files[0]


def _damaged(file: SourceFile) -> SourceError:
    return SourceError("is no Parquet file, or is cut short", where=str(file.path), mend="export it again")
