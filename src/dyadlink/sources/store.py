"""Where loaded rows are kept: a database beside the one that queries work in, in a file or compressed in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from dyadlink.sources.keys import KeyKinds

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
        self._bytes_kept = self._bytes_taken()

    def make_table(self, name: str, columns: str) -> str:
        """Make an empty table, in place of one of that name.

        Returns:
            What queries call it.
        """
        table = f'{DATABASE}."{name}"'
        self.connection.execute(f"create or replace table {table} ({columns})")
        return table

    def insert(self, query: str, params: Mapping[str, Any]) -> None:
        """Run a query that inserts rows."""
        self.connection.execute(query, params)
        self._compress_beyond(BYTES_BEFORE_COMPRESSION)

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
