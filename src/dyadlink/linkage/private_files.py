"""Files that their owner alone can read, written aside and moved into place once they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from dyadlink.storage import ROWS_AT_ONCE

_OWNER_ALONE = 0o600


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """An empty file beside `path` to write to; it takes the place of `path` if all goes well, and is gone if not."""
    aside = path.with_name(f".{path.name}.part")
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE))
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_table(
    connection: duckdb.DuckDBPyConnection, table: str, path: Path, notes: Mapping[bytes, bytes] | None = None
) -> None:
    """Write a table as Parquet; notes go into its footer."""
    with connection.table(table).to_arrow_reader(ROWS_AT_ONCE) as parts:
        schema = parts.schema.with_metadata(dict(notes or {}))
        with pq.ParquetWriter(path, schema, compression="zstd") as file:
            for part in parts:
                file.write_batch(part)
