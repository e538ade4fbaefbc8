"""The one way by which a synthetic file is written, so that each says on its own that it is invented."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import yaml

from dyadlink.storage import INVENTED

WATERMARK = f"""{INVENTED}

Every name, date, number, address and record here was drawn at random by the generator of dyadlink.
NHS numbers are from 999 000 0000 to 999 999 9999, a range that is never issued. Names of authorities are
real, and nothing here says anything about them. Do not mix these files with real ones.
"""
SENTENCE = "Synthetic: every person in this file is invented."
"""What a file says that is opened without its folder."""
CSV_COLUMN, CSV_VALUE = "Synthetic", "invented"
"""The last column of every CSV. A comment line would stop readers; one more column stops none."""
PARQUET_KEY = "synthetic"
"""The key in the footer of every Parquet file under which the sentence stands."""
ROWS_PER_GROUP = 250_000


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a CSV whose last column marks every row as invented; one without rows is marked by its header."""
    marked = frame.with_columns(pl.repeat(CSV_VALUE, pl.len(), dtype=pl.String).alias(CSV_COLUMN))
    marked.write_csv(path)


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a Parquet file that is marked in its footer, with settings that keep its bytes the same everywhere.

    Raises:
        OSError: If it cannot be written.
    """
    files = ParquetParts(path.parent)
    files.add(path.stem, frame)
    files.close()


class ParquetParts:
    """Files below a folder, each open until all its parts are written; a part is a frame with the same columns."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._folder = folder
        self._open: dict[str, pq.ParquetWriter] = {}

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Write a part to the file of this name, which is made when it comes first.

        Raises:
            OSError: If it cannot be written.
        """
        table = frame.rechunk().to_arrow()
        table = table.replace_schema_metadata({PARQUET_KEY: SENTENCE})
        if name not in self._open:
            path = self._folder / f"{name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open[name] = pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=3)
        self._open[name].write_table(table, row_group_size=ROWS_PER_GROUP)

    def close(self) -> None:
        """Close all files."""
        for writer in self._open.values():
            writer.close()


def write_xml(root: str, path: Path) -> None:
    """Write an XML document with a comment above its root element."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {SENTENCE} -->\n')
        file.write(root)


def write_yaml(content: object, path: Path) -> None:
    """Write YAML below a comment, keys in their order."""
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    path.write_text(f"# {SENTENCE}\n{text}", encoding="utf-8")


def write_notice(folder: Path) -> None:
    """Write README.txt, which says of a whole folder that it is invented."""
    (folder / "README.txt").write_text(WATERMARK, encoding="utf-8")
