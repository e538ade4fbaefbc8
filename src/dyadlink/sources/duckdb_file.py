"""Tables of a DuckDB file, which is attached read-only while it is read."""

from __future__ import annotations

from pathlib import Path

import duckdb

from dyadlink.errors import SourceError
from dyadlink.machine_errors import machine_error
from dyadlink.sources.columns import match_columns
from dyadlink.sources.databases import Relation, find_relations
from dyadlink.sources.target import Target
from dyadlink.sources.typed_values import kind_of, select_list
from dyadlink.sql import text, word


class DuckdbFile:
    """An attached DuckDB file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, alias: str) -> None:
        """Attach the file.

        Raises:
            SourceError: It is not there, is no DuckDB file, or cannot be read.
        """
        self._connection, self._path, self._alias = connection, path, alias
        if not path.is_file():
            raise SourceError("file not found", where=str(path), mend="correct the input's location")
        try:
            connection.execute(f"attach {text(str(path))} as {word(alias)} (read_only)")
        except duckdb.Error as error:
            if "lock" in str(error).lower():
                raise SourceError(
                    "is in use by another program", where=str(path), mend="close it there, then start again"
                ) from None
            raise SourceError(
                "is no DuckDB file, or cannot be read", where=str(path), mend="check the file and its permissions"
            ) from None
        query = "select table_schema, table_name from information_schema.tables where table_catalog = ? order by all"
        self._relations = [Relation(*row) for row in connection.execute(query, [alias]).fetchall()]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.execute(f'detach "{self._alias}"')

    def load(self, target: Target) -> None:
        """Load the relations that hold the table.

        Raises:
            SourceError: A relation lacks a column, or its rows cannot be read.
        """
        for relation, wildcards in find_relations(target.table, self._relations, str(self._path)).items():
            self._load(target, relation, wildcards)

    def _load(self, target: Target, relation: Relation, wildcards: dict[str, str]) -> None:
        where = f"{self._path}, {relation}"
        name = ".".join(map(word, (self._alias, *relation)))
        header = [(row[0], row[1]) for row in self._connection.execute(f"describe {name}").fetchall()]
        wanted = target.wanted(wildcards)
        places = match_columns(wanted, [column for column, _ in header], where, target.local)
        target.note_keys(wanted, places, [kind_of(physical) for _, physical in header], where)
        number = target.add_file(f"{target.source}:{relation}", wildcards)
        values = select_list(wanted, places, header, target.table.dates)
        query = f"select {values}, {number} as file_number from {name}"  # noqa: S608
        try:
            target.keep_rows_of(query, {})
        except duckdb.Error as error:
            raise machine_error(error) or SourceError(
                "cannot be read", where=where, mend="run its query by hand to see why"
            ) from None
