"""Files with persons in them: open to their owner alone, whole or not there."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from dyadlink.config import Resources
from dyadlink.sql import connect
from dyadlink.step import step
from dyadlink.storage import (
    clear_working_folders,
    new_file,
    protect_folder,
    working_folder,
    working_folders,
    write_parquet,
    write_tables,
)


@pytest.fixture
def open_mask() -> Iterator[None]:
    """A user who lets everybody read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    before = os.umask(0)
    try:
        for content in (b"a", b"b"):
            with new_file(path) as aside:
                assert stat.S_IMODE(aside.stat().st_mode) == 0o600
                aside.write_bytes(content)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"b"


def test_what_fails_leaves_the_file_that_stands_there_alone(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_bytes(b"a")
    with pytest.raises(OSError, match="disk"), new_file(path) as aside:
        aside.write_bytes(b"b")
        raise OSError("disk full")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"review.csv": b"a"}


@pytest.mark.usefixtures("open_mask")
def test_tables_are_for_their_owner_alone_and_not_for_a_moment_open_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    write = pl.DataFrame.write_parquet

    def look(frame: pl.DataFrame, file: Path, **options: object) -> None:
        write(frame, file, **options)
        seen.append(stat.S_IMODE(file.stat().st_mode))

    monkeypatch.setattr(pl.DataFrame, "write_parquet", look)
    write_parquet(pl.DataFrame({"a": [1]}), tmp_path / "a.parquet")
    connection = connect(Resources())
    connection.execute("create table b as select 1 as a")
    write_tables(connection, {"b": tmp_path / "b.parquet"})
    assert seen == [0o600]
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "a.parquet": 0o600,
        "b.parquet": 0o600,
    }


@pytest.mark.usefixtures("open_mask")
def test_what_a_library_writes_in_a_step_is_for_the_owner_alone_unless_it_may_leave(
    tmp_path: Path,
) -> None:
    with step(tmp_path / "inside.log"):
        (tmp_path / "inside").write_text("", encoding="utf-8")
    with step(tmp_path / "leaves.log", may_leave=True):
        (tmp_path / "leaves").write_text("", encoding="utf-8")
    with pytest.raises(SystemExit), step(tmp_path / "failed.log"):
        raise OSError("disk full")
    assert os.umask(0) == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {
        **dict.fromkeys(["inside.log", "inside", "failed.log"], 0o600),
        **dict.fromkeys(["leaves.log", "leaves"], 0o666),
    }


def test_working_tables_stand_in_temp_where_it_is_set_and_temporary_files_with_them(tmp_path: Path) -> None:
    results, temp = tmp_path / "results", tmp_path / "scratch"
    temp.mkdir()
    outside = tempfile.gettempdir()
    with working_folder(results / "record_level/linkage/.working", temp) as folder:
        assert folder.parent == temp
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with tempfile.NamedTemporaryFile() as file:
            assert Path(file.name).parent == folder
        connect(Resources(), folder).execute("create table t as select 1 as a; checkpoint")
    assert list(temp.iterdir()) == []
    assert not results.exists()
    assert tempfile.gettempdir() == outside


def test_what_killed_steps_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    results, temp = tmp_path / "results", tmp_path / "scratch"
    left = [results / "record_level/staging/.working", results / "record_level/linkage/.review"]
    with working_folder(results / "record_level/linkage/.working", temp) as folder:
        name = folder.name
    for place in (*left, temp / name):
        protect_folder(place)
        (place / "tables.duckdb").write_text("", encoding="utf-8")
    kept = [results / "record_level/linkage/links.parquet", temp / "dyadlink-of-another-study/tables.duckdb"]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    clear_working_folders(results, temp)
    assert not any(place.exists() for place in (*left, temp / name))
    assert all(path.exists() for path in kept)


def test_temporary_folders_of_earlier_runs_are_remembered(tmp_path: Path) -> None:
    results, temps = tmp_path / "results", [tmp_path / "scratch", tmp_path / "other scratch"]
    for temp in temps:
        clear_working_folders(results, temp)
    for temp in temps:
        with working_folder(results / "record_level/linkage/.working", temp) as folder:
            pass
        protect_folder(folder)  # a step that was killed
    assert [place.parent for place in working_folders(results)] == sorted(temps)
    clear_working_folders(results)
    assert working_folders(results) == []
    (remembered,) = (results / "record_level").glob("*.json")
    assert stat.S_IMODE(remembered.stat().st_mode) == 0o600
