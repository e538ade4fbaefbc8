"""Where a step's files stand: written aside and moved into place, so that nothing is ever half-written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from dyadlink.errors import ConfigError
from dyadlink.schemas import CONTRACTS, check_table
from dyadlink.sql import read_table

RECORD_LEVEL_MODE = 0o700
INVENTED = "All people in this folder are invented."
"""How the README.txt of every folder of synthetic records begins."""


def protect_folder(folder: Path) -> None:
    """Make the folder, open to its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(RECORD_LEVEL_MODE)


def check_holds_no_records(folder: Path) -> None:
    """Check that a folder that is about to be made anew holds nothing, or invented records alone.

    Raises:
        ConfigError: It holds files, and no README.txt that says that all of them are invented.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    notice = folder / "README.txt"
    try:
        is_invented = notice.read_text(encoding="utf-8", errors="replace").startswith(INVENTED)
    except OSError:
        is_invented = False
    if not is_invented:
        raise ConfigError(
            "the folder holds files that are not synthetic, and simulating would delete them",
            where=f"sources.directory {folder}",
            mend="set sources.simulate to null to use them, or choose another folder",
        )


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
