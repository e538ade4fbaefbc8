"""What the machine refuses is told in one line, whichever library says so, and nothing of a record with it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from dyadlink.machine_errors import machine_error

PERSON = "ROBERTA TABLES 9434765919"


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a.csv"), "a.csv: the disk is full -> make room"),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "a.csv"), "a.csv: your share of the disk (quota) is used up ->"),
        (OSError(errno.EFBIG, "File too large", "a.csv"), "a.csv: a file is larger than files may be here -> raise"),
        (OSError(errno.EROFS, "Read-only file system", "a.csv"), "a.csv: the drive is read-only -> let it be written"),
        (PermissionError(errno.EACCES, "Permission denied", "a.csv"), "a.csv: the permission is missing -> ask for it"),
        (duckdb.IOException(f"Could not write {PERSON}: No space left on device"), "the disk is full -> make room"),
        (duckdb.IOException("Could not write: Disk quota exceeded"), "your share of the disk (quota) is used up"),
        (pl.exceptions.ComputeError("No space left on device (os error 28)"), "the disk is full -> make room"),
        (OSError("Error writing bytes to file. Detail: [errno 27] File too large"), "larger than files may be here"),
        (MemoryError(PERSON), "a step (MemoryError): the memory is not enough -> raise resources.memory_limit"),
        (duckdb.OutOfMemoryException(PERSON), "a step (OutOfMemoryException): the memory is not enough ->"),
        (pa.ArrowMemoryError(PERSON), "a step (ArrowMemoryError): the memory is not enough ->"),
    ],
)
def test_each_refusal_has_its_line(error: Exception, what: str) -> None:
    told = str(machine_error(error))
    assert what in told
    assert "give the same command again: what was finished is kept" in told
    assert PERSON not in told
    assert "\n" not in told


def test_a_place_that_a_library_names_is_told_where_it_is_one(tmp_path: Path) -> None:
    path = tmp_path / "tables.duckdb"
    told = str(machine_error(duckdb.IOException(f'Could not write file "{path}": No space left on device')))
    assert told.startswith(f"{path}: the disk is full")
    told = str(machine_error(duckdb.IOException(f'Could not write "{PERSON}": No space left on device')))
    assert told.startswith(f"{Path.cwd()}: the disk is full")


@pytest.mark.parametrize("error", [ValueError(os.strerror(errno.ENOSPC)), KeyError("os error 28"), OSError("?")])
def test_what_the_machine_is_not_behind_is_not_told_as_that(error: Exception) -> None:
    assert machine_error(error) is None
