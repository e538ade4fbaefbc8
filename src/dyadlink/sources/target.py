"""The table that the files or relations of one layout table are loaded into, and where each row came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from dyadlink.sources.columns import LocalNames, LocalValues
from dyadlink.sources.layout import Column, Stage, Table
from dyadlink.sources.store import Store
from dyadlink.sql import text

FILE_TYPE = "source_file"
"""Type of the names of the files that rows came from, once all are known; they sort as text."""


class _Origin(NamedTuple):
    """Where rows came from."""

    source_file: str
    wildcards: Mapping[str, str]


class Target:
    """One layout table of one input while it is loaded.

    Parquet stays where it is: it is as quick to read again as a table, and far quicker than to write one. All else is
    stored. A row knows its number in a file by its place in the table (`rowid`), not by a window over the
    file: a count in order would let one core alone read. XML gives the number itself, as several rows come from one
    child.
    """

    def __init__(  # noqa: PLR0913  # what a table is made of
        self,
        store: Store,
        source: str,
        table: Table,
        *,
        wildcards: Sequence[str],
        stage: Stage,
        local: LocalNames,
        values: LocalValues,
    ) -> None:
        """Make the empty table.

        Args:
            store: Where its rows are kept.
            source: Name of the input.
            table: What to load.
            wildcards: The columns that the layout's path gives; a mapped path may give fewer.
            stage: Who will read it.
            local: The input's own names of its columns.
            values: The input's own values of its columns.
        """
        self.store, self.source, self.table, self.local = store, source, table, local
        self.columns, self._values = table.columns_for(stage), values
        self.wildcards = tuple(wildcards)
        self._files: list[_Origin] = []
        self._unstored: list[str] = []
        self._kept: list[Path] = []
        self._first_rows: dict[int, int] = {}
        self._left_out: set[int] = set()
        self.is_faulty = False
        """Whether a part of it could not be read."""
        texts = "".join(f'"{name}" varchar, ' for name in (*(column.name for column in self.columns), *wildcards))
        columns = f"{texts}source_row bigint, file_number integer"
        self.rows = store.make_table(f"{source}.{table.name}", columns)

    def wanted(self, given: Collection[str]) -> tuple[Column, ...]:
        """The columns to look for: those of the layout, and the parts of its path that the path did not give."""
        parts = (
            Column(name=name, type="code", description="Part of the path.")
            for name in self.wildcards
            if name not in given
        )
        return (*self.columns, *parts)

    def add_file(self, source_file: str, wildcards: Mapping[str, str]) -> int:
        """Note where rows will come from.

        Returns:
            The number that its rows are to carry as `file_number`.
        """
        self._files.append(_Origin(source_file, wildcards))
        return len(self._files) - 1

    def keep_rows_of(self, query: str, params: Mapping[str, Any]) -> None:
        """Store what a query gives as rows of the table.

        Args:
            query: Gives columns of the table as text, and `file_number`; all rows of a file.
            params: Of the query.
        """
        path = self.store.keep(self.rows, query, params)
        if path is not None:
            self._kept.append(path)

    def add_rows_of(self, query: str) -> None:
        """Count what a query gives as rows of the table without storing them.

        Args:
            query: Gives columns of the table as text, `file_number`, and `file_place`, which counts the rows of a
                file from any first number.
        """
        self._unstored.append(query)

    @property
    def relation(self) -> str:
        """All rows, stored or not, as queries name them: the table's columns and `file_place`, see `add_rows_of`."""
        parts = [f"select *, rowid as file_place from {self.rows}"]  # noqa: S608  # own name
        if self._kept:
            paths = ", ".join(literal(str(path)) for path in self._kept)
            columns = "* exclude (file_row_number), file_row_number::bigint as file_place"
            parts.append(f"select {columns} from read_parquet([{paths}], union_by_name = true, file_row_number = true)")  # noqa: S608  # own files
        return f"({' union all by name '.join([*parts, *self._unstored])})"

    def remove_rows(self, number: int) -> None:
        """Take back the rows of a file that could not be read to its end."""
        self.store.connection.execute(f"delete from {self.rows} where file_number = ?", [number])  # noqa: S608  # own name

    def leave_out(self, numbers: Iterable[int]) -> None:
        """Count files as having no rows, because they could not be read or cannot be trusted."""
        self.is_faulty = True
        self._left_out.update(numbers)

    @property
    def n_files(self) -> int:
        """Files or relations so far."""
        return len(self._files)

    def source_file(self, number: int) -> str:
        """Where rows of that `file_number` came from."""
        return self._files[number].source_file

    def source_files(self) -> set[str]:
        """All places that rows came from."""
        return {file.source_file for file in self._files}

    def note_keys(
        self, wanted: Sequence[Column], places: Mapping[str, tuple[int, ...]], kinds: Sequence[str], where: str
    ) -> None:
        """Note what the keys are, from the kind of each column of a relation.

        Raises:
            SourceError: Another table has a key as another kind.
        """
        for column in wanted:
            for place in places[column.name] if column.key else ():
                self.store.keys.add(column.name, kinds[place], where)

    @property
    def is_found(self) -> bool:
        """Whether the input has this table at all, if only without rows or in a form that cannot be read."""
        return bool(self._files) or self.is_faulty

    def finish(self) -> None:
        """Find where the rows of each file begin."""
        query = f"select file_number, min(file_place) from {self.relation} group by all"  # noqa: S608  # own name
        self._first_rows = dict(self.store.connection.execute(query).fetchall())

    def select(self) -> str:
        """The query that gives the rows, in order, with the parts of their path and their origin.

        Origins are looked up in lists that the query holds: a join could change the order of the rows.
        """
        names = "".join(f'{self._standard(column.name)} as "{column.name}", ' for column in self.columns)
        parts = "".join(
            f"coalesce({self._standard(name)}, {self._of_file([file.wildcards.get(name) for file in self._files])}) "
            f'as "{name}", '
            for name in self.wildcards
        )
        files = self._of_file([file.source_file for file in self._files])
        first_rows = self._of_file([self._first_rows.get(number) for number in range(len(self._files))])
        kept = f"where file_number not in ({', '.join(map(str, sorted(self._left_out)))})" if self._left_out else ""
        return f"""
            select {names}{parts}'{self.source}' as input, {files}::{FILE_TYPE} as source_file,
                coalesce(source_row, file_place - {first_rows} + 1) as source_row
            from {self.relation} {kept}
        """  # noqa: S608  # names of the layout and of the configuration, quoted paths

    def _standard(self, name: str) -> str:
        """The SQL expression of a column, with the standard's values in place of the input's own."""
        own = self._values.get(name, {})
        cases = "".join(f" when {literal(here)} then {literal(standard)}" for here, standard in own.items())
        return f'case trim("{name}"){cases} else "{name}" end' if own else f'"{name}"'

    def _of_file(self, values: Sequence[str | int | None]) -> str:
        """The SQL expression of a value that a row has by its file."""
        if len(set(values)) <= 1:
            return literal(values[0]) if values else "null"
        return f"[{', '.join(literal(value) for value in values)}][file_number + 1]"


def make_file_type(connection: duckdb.DuckDBPyConnection, targets: Iterable[Target]) -> None:
    """Make `FILE_TYPE` once all targets are loaded: a path of text in each row would outweigh the rest of it."""
    files = sorted({file for target in targets for file in target.source_files()})
    values = ", ".join(literal(file) for file in files)
    connection.execute(f"create or replace type {FILE_TYPE} as enum ({values})")


def literal(value: str | int | None) -> str:
    """The value as SQL writes it."""
    if value is None:
        return "null"
    return str(value) if isinstance(value, int) else text(value)
