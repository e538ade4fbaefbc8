"""Tables of persons as Parquet, written part by part."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from dyadlink.storage import ROWS_AT_ONCE


def write_table(
    connection: duckdb.DuckDBPyConnection, table: str, path: Path, notes: Mapping[bytes, bytes] | None = None
) -> None:
    """Write a table as Parquet; notes go into its footer."""
    with connection.table(table).to_arrow_reader(ROWS_AT_ONCE) as parts:
        schema = parts.schema.with_metadata(dict(notes or {}))
        with pq.ParquetWriter(path, schema, compression="zstd") as file:
            for part in parts:
                file.write_batch(part)
