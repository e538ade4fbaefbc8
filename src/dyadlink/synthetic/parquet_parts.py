"""Parquet files that are written part by part, so that memory does not grow with them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from dyadlink.synthetic.pseudonyms import ROWS_PER_GROUP


class ParquetParts:
    """Files below a folder, each open until all its parts are written; a part is a frame with the same columns."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._folder = folder
        self._open: dict[str, pq.ParquetWriter] = {}

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Write a part to the file of this name, which is made when it comes first."""
        table = frame.to_arrow()
        if name not in self._open:
            path = self._folder / f"{name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open[name] = pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=3)
        self._open[name].write_table(table, row_group_size=ROWS_PER_GROUP)

    def close(self) -> None:
        """Close all files."""
        for writer in self._open.values():
            writer.close()
