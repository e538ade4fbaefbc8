"""Where loaded rows are kept: in files beside the database that queries work in, or compressed in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from dyadlink.sources.keys import KeyKinds
from dyadlink.sql import text

DATABASE = "loaded"
BYTES_BEFORE_COMPRESSION = 512_000_000
"""Memory that rows may take before they are compressed: to a fifth, for as much work as writing them to a file."""
BYTES_OF_A_STREAM = 100_000_000
"""The same for rows that stream in, which are never in memory all at once."""

_OWN_FILE = "select path from duckdb_databases() where database_name = current_database()"
_BYTES_TAKEN = "select coalesce(sum(memory_usage_bytes), 0) from duckdb_memory() where tag = 'IN_MEMORY_TABLE'"


class Store:
    """The rows of all inputs as they came, and what is known of their keys."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the database, unless the connection has it already."""
        self.connection, self.keys = connection, KeyKinds()
        ((file,),) = connection.execute(_OWN_FILE).fetchall()
        place, options = (":memory:", "(compress)") if file is None else (f"{file}.{DATABASE}", "")
        connection.execute(f"attach if not exists '{place}' as {DATABASE} {options}")
        self._folder = None if file is None else Path(file).parent
        self._bytes_kept = self._bytes_taken()

    def make_table(self, name: str, columns: str) -> str:
        """Make an empty table, in place of one of that name.

        Returns:
            What queries call it.
        """
        table = f'{DATABASE}."{name}"'
        self.connection.execute(f"create or replace table {table} ({columns})")
        return table

    def keep(self, table: str, query: str, params: Mapping[str, Any]) -> Path | None:
        """Keep what a query gives, in its order: as a file if there is a folder, else as rows of a table.

        A Parquet file is quicker to write than a table of the database: a CSV file loads in 0.4 of the time.

        Args:
            table: One that `make_table` made.
            query: Gives some of its columns.
            params: Of the query.

        Returns:
            The file, if it is one.
        """
        if self._folder is None:
            self.connection.execute(f"insert into {table} by name {query}", params)
            self._compress_beyond(BYTES_BEFORE_COMPRESSION)
            return None
        n_files = len(list(self._folder.glob(f"{DATABASE}-*.parquet")))
        path = self._folder / f"{DATABASE}-{n_files}.parquet"
        try:
            self.connection.execute(f"copy ({query}) to {text(str(path))} (format parquet)", params)
        except duckdb.Error:
            path.unlink(missing_ok=True)
            raise
        return path

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows of a stream to a table, by the names of their columns."""
        self.connection.register("rows_of_a_stream", rows)
        self.connection.execute(f"insert into {table} by name from rows_of_a_stream")
        self.connection.unregister("rows_of_a_stream")
        self._compress_beyond(BYTES_OF_A_STREAM)

    def _compress_beyond(self, limit: int) -> None:
        if self._bytes_taken() - self._bytes_kept > limit:
            self.connection.execute(f"checkpoint {DATABASE}")
            self._bytes_kept = self._bytes_taken()

    def _bytes_taken(self) -> int:
        ((taken,),) = self.connection.execute(_BYTES_TAKEN).fetchall()
        return int(taken)
