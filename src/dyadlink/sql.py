"""Run SQL files: one SELECT in a file is one table, and the file's name is the table's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dyadlink.config import Resources
from dyadlink.errors import DyadlinkError
from dyadlink.machine_errors import machine_error

PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")
"""A parameter in a query."""

_COMMENT = re.compile(r"--.*")
_READ_TABLE = re.compile(r"\b(?:(?<!distinct )from|join|pivot)\s+([a-z_0-9]+)\b(?!\s*\()")


def word(name: str) -> str:
    """A column or table name in quotes."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def text(value: str) -> str:
    """A text in quotes."""
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


NO_EXTENSIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""Of every DuckDB: it fetches nothing, and loads nothing that somebody else fetched."""


def connect(resources: Resources, folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB that never reaches for the network.

    Args:
        resources: Threads and memory that it may use.
        folder: Where its tables stand, and what does not fit in memory; see `storage.working_folder`. None: it writes
            no file at all, and records stay in memory.
    """
    connection = duckdb.connect(
        ":memory:" if folder is None else str(folder / "tables.duckdb"),
        config={
            "threads": resources.threads,
            "memory_limit": resources.memory_limit,
            **NO_EXTENSIONS,
            "temp_directory": "" if folder is None else str(folder / "overflow"),
        },
    )
    # Row order then depends on the query alone, not on the number of threads.
    connection.execute("set preserve_insertion_order = true")
    connection.execute("set timezone = 'UTC'")
    # It would be drawn on the output stream, among what a command prints.
    connection.execute("set enable_progress_bar = false")
    # The engine's choice for texts that hardly repeat, like ids; it takes several times as long as the next best.
    connection.execute("set disabled_compression_methods = 'dict_fsst'")
    return connection


def add_views(connection: duckdb.DuckDBPyConnection, inputs: Mapping[str, Path]) -> None:
    """Give each Parquet or CSV file a view of the given name.

    A CSV file is read as text in all its columns: code lists hold codes like '01'.
    """
    for name, path in inputs.items():
        if path.suffix == ".parquet":
            relation = connection.read_parquet(str(path))
        else:
            relation = connection.read_csv(str(path), header=True, all_varchar=True)
        relation.create_view(name, replace=True)


def codelist_views(inputs: Mapping[str, Any]) -> dict[str, Path]:
    """The code lists among a rule's named inputs, by the name that queries know them by: `codelist_<name>`."""
    named = {name: Path(path) for name, path in inputs.items() if isinstance(path, str)}
    return {f"codelist_{name}": path for name, path in named.items() if path.parent.name == "codelists"}


def codelists_of(project: Path) -> dict[str, Path]:
    """Every code list of a project's folder, by the names that `codelist_views` gives."""
    lists = sorted((project / "config/codelists").glob("*.csv"))
    return codelist_views({path.stem: str(path) for path in lists})


def tables_read(sql: Path) -> frozenset[str]:
    """The names that a query reads from, the steps of its own WITH clause among them."""
    return frozenset(_READ_TABLE.findall(_COMMENT.sub("", sql.read_text(encoding="utf-8"))))


def create_table(connection: duckdb.DuckDBPyConnection, sql: Path, params: Mapping[str, Any]) -> None:
    """Run the SELECT in `sql` and keep it as a table of the file's name.

    Only the parameters that the file names are bound.

    Raises:
        DyadlinkError: The query fails; the message names the file and carries no values.
    """
    text = sql.read_text(encoding="utf-8")
    named = {name: params[name] for name in set(PARAMETER.findall(text)) if name in params}
    used = {name: list(value) if isinstance(value, tuple) else value for name, value in named.items()}
    _create(connection, f'table "{sql.stem}" as {text}', sql, used)


def create_view(connection: duckdb.DuckDBPyConnection, sql: Path, name: str, tables: str) -> None:
    """Keep the SELECT in `sql` as a view.

    Args:
        connection: Where it is made.
        sql: The file; it takes no parameters.
        name: What to call it, quoted.
        tables: A WITH clause that says what the file's tables are.

    Raises:
        DyadlinkError: The query is wrong; the message names the file.
    """
    _create(connection, f"view {name} as {tables} from ({sql.read_text(encoding='utf-8')})", sql, {})


def append_rows(connection: duckdb.DuckDBPyConnection, table: str, query: str, sql: Path) -> None:
    """Add what a query gives to a table, in its order.

    Args:
        connection: Holds the table.
        table: Its name, quoted.
        query: Gives its columns, by their names.
        sql: The file that the query reads from: named if it fails.

    Raises:
        DyadlinkError: The query fails; the message names the file and carries no values.
    """
    _run(connection, f"insert into {table} by name {query}", sql, {})


def _create(connection: duckdb.DuckDBPyConnection, what: str, sql: Path, params: Mapping[str, Any]) -> None:
    _run(connection, f"create or replace {what}", sql, params)


def _run(connection: duckdb.DuckDBPyConnection, statement: str, sql: Path, params: Mapping[str, Any]) -> None:
    try:
        connection.execute(statement, params)
    except duckdb.Error as error:
        # The engine's own message can quote a value of a row, so only its kind is told.
        kind = type(error).__name__
        raise machine_error(error) or DyadlinkError(
            f"the query ended with {kind}",
            where=str(sql),
            mend="run it by hand on the stored inputs to see why",
        ) from error


def read_table(connection: duckdb.DuckDBPyConnection, name: str) -> pl.DataFrame:
    """The rows of a table or view."""
    frame: pl.DataFrame = connection.table(name).pl()
    return frame


def create_tables(
    connection: duckdb.DuckDBPyConnection, folder: Path, tables: Iterable[str], params: Mapping[str, Any]
) -> None:
    """Run `<table>.sql` of a folder for each table, in the given order."""
    for table in tables:
        create_table(connection, folder / f"{table}.sql", params)
