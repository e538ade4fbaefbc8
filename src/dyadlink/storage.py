"""Where a step's files stand: written aside and moved into place, so that nothing is ever half-written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dataframely as dy
import duckdb
import polars as pl
import pyarrow.parquet as pq

from dyadlink.errors import ConfigError, ContractError
from dyadlink.schemas import CONTRACTS, check_table

RECORD_LEVEL_MODE = 0o700
_OWNER_ALONE = 0o600
ROWS_AT_ONCE = 500_000
"""Rows of a table that are checked and written together."""
WORKING_FOLDERS = ("record_level/staging/.working", "record_level/linkage/.working", "record_level/linkage/.review")
"""Folders of working tables in the results."""
_TEMPORARY = Path("record_level/temporary_folders.json")
"""Remembers each folder of temporary files that runs were given: the settings of a later run may name another."""
INVENTED = "All people in this folder are invented."
"""How the README.txt of every folder of synthetic records begins."""


def protect_folder(folder: Path) -> None:
    """Make the folder, open to its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(RECORD_LEVEL_MODE)


@contextmanager
def working_folder(folder: Path, temp: Path | None = None) -> Iterator[Path]:
    """A folder of the owner's alone for a step's working tables, empty at the start and gone at the end.

    Args:
        folder: Its place, among the records of the study; what a step that was killed left there is removed.
        temp: Folder of temporary files in which it stands instead, under a name of its own.
    """
    folder = _working_place(folder, temp)
    shutil.rmtree(folder, ignore_errors=True)
    protect_folder(folder)
    # What a library puts aside is as much of a record as the tables are.
    outside, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = outside
        shutil.rmtree(folder)


def working_folders(results: Path) -> list[Path]:
    """The folders of working tables, and of sources half simulated, that steps which were killed have left."""
    temps = [Path(folder) for folder in _remembered(results)]
    places = {_working_place(results / name, temp) for name in WORKING_FOLDERS for temp in (None, *temps)}
    places |= set((results / "record_level").glob(".sources-*"))
    return sorted(place for place in places if place.is_dir())


def clear_working_folders(results: Path, temp: Path | None = None) -> None:
    """Remove what steps that were killed left unfinished; to be called while no step is at work.

    Args:
        results: Folder of the study's results.
        temp: Folder of temporary files that the steps of this run are given; it is remembered.
    """
    if temp is not None:
        folders = sorted({*_remembered(results), str(temp.expanduser().resolve())})
        protect_folder((results / _TEMPORARY).parent)
        write_json(results / _TEMPORARY, folders)
    for folder in working_folders(results):
        shutil.rmtree(folder)
    for place in ("aggregate", "record_level"):
        for aside in (results / place).rglob(_aside(Path("*")).name):
            aside.unlink()


def _remembered(results: Path) -> list[str]:
    try:
        return list(map(str, json.loads((results / _TEMPORARY).read_text(encoding="utf-8"))))
    except FileNotFoundError:
        return []


def _working_place(folder: Path, temp: Path | None) -> Path:
    # The same name each time: what a step left that was killed is found again.
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return folder if temp is None else temp.expanduser() / f"dyadlink-{name}"


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


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """An empty file beside `path` to write to, which its owner alone can read, not for a moment open to others.

    It takes the place of `path` if all goes well, and is gone if not.
    """
    aside = _aside(path)
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE))
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write one table as Parquet, for its owner alone."""
    with new_file(path) as aside:
        frame.write_parquet(aside, compression="zstd", statistics=True)


def write_json(path: Path, content: Any) -> None:
    """Write plain values as JSON, for their owner alone."""
    with new_file(path) as aside:
        aside.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def write_tables(connection: duckdb.DuckDBPyConnection, outputs: Mapping[str, Path]) -> None:
    """Write the connection's tables of the given names as Parquet, each checked, and for its owner alone.

    Raises:
        ContractError: A table breaks its contract; none of the tables is written.
    """
    with ExitStack() as files:
        asides = {name: files.enter_context(new_file(path)) for name, path in outputs.items()}
        for name, aside in asides.items():
            _write_aside(connection, name, aside)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _write_aside(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """Check and write a table part by part: it need not fit in memory."""
    contract = CONTRACTS.get(name)
    if contract is not None:
        _check_key(connection, contract, name)
    with connection.table(name).to_arrow_reader(ROWS_AT_ONCE) as parts:
        first = _checked(pl.DataFrame(parts.schema.empty_table()), contract, name).to_arrow()
        # A part is written while the next is checked; there is one writer, so that they keep their order.
        with (
            pq.ParquetWriter(path, first.schema, compression="zstd") as file,
            ThreadPoolExecutor(max_workers=1) as writer,
        ):
            written: Future[None] | None = None
            for part in parts:
                checked = _checked(pl.DataFrame(part), contract, name).to_arrow()
                if written is not None:
                    written.result()
                written = writer.submit(file.write_table, checked)
            if written is not None:
                written.result()


def _check_key(connection: duckdb.DuckDBPyConnection, contract: type[dy.Schema], name: str) -> None:
    """The one thing that no part of a table can tell by itself."""
    columns = [column for column in contract.primary_key() if column in connection.table(name).columns]
    if not columns:
        return
    key = ", ".join(f'"{column}"' for column in columns)
    query = f'select count(*) from (from "{name}" select 1 group by {key} having count(*) > 1)'  # noqa: S608  # contract
    ((n,),) = connection.execute(query).fetchall()
    if n:
        raise ContractError(f"breaks its contract: {n:,} key(s) stand in several rows", where=f"table {name}")


def _checked(frame: pl.DataFrame, contract: type[dy.Schema] | None, name: str) -> pl.DataFrame:
    return frame if contract is None else check_table(frame, contract, name)
