"""Where a step's files stand: written aside and moved into place, so that nothing is ever half-written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from dyadlink.schemas import CONTRACTS, check_table
from dyadlink.sql import read_table

RECORD_LEVEL_MODE = 0o700


def protect_folder(folder: Path) -> None:
    """Make the folder, open to its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(RECORD_LEVEL_MODE)


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write one table as Parquet."""
    aside = path.with_name(f".{path.name}.part")
    frame.write_parquet(aside, compression="zstd", statistics=True)
    aside.replace(path)


def write_tables(connection: duckdb.DuckDBPyConnection, outputs: Mapping[str, Path]) -> None:
    """Write the connection's tables of the given names as Parquet, each checked against its contract.

    Raises:
        ContractError: A table breaks its contract; none of the tables is written.
    """
    frames = {name: _checked(read_table(connection, name), name) for name in outputs}
    for name, path in outputs.items():
        write_parquet(frames[name], path)


def _checked(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return check_table(frame, CONTRACTS[name], name) if name in CONTRACTS else frame
