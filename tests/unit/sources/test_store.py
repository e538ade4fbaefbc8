"""Where loaded rows are kept: as files where there is a folder, and nothing of them after a failure."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dyadlink.config import Resources
from dyadlink.sources.store import Store
from dyadlink.sql import connect


def store_in(folder: Path) -> tuple[Store, str]:
    store = Store(connect(Resources(), folder))
    return store, store.make_table("rows", "a varchar, file_number integer")


def test_in_a_folder_rows_are_kept_as_a_file_of_their_own(tmp_path: Path) -> None:
    store, table = store_in(tmp_path)
    kept = [store.keep(table, f"select '{value}' as a, 0 as file_number", {}) for value in ("x", "y")]
    assert [path and path.parent for path in kept] == [tmp_path, tmp_path]
    assert len(set(kept)) == 2
    rows = [store.connection.read_parquet(str(path)).select("a").fetchall() for path in kept]
    assert rows == [[("x",)], [("y",)]]


def test_a_query_that_fails_leaves_no_file(tmp_path: Path) -> None:
    store, table = store_in(tmp_path)
    first = store.keep(table, "select 'x' as a, 0 as file_number", {})
    with pytest.raises(duckdb.Error):
        store.keep(table, "select cast('y' as integer) as a, 0 as file_number from range(10)", {})
    assert list(tmp_path.glob("*.parquet")) == [first]


def test_without_a_folder_rows_stay_in_the_table() -> None:
    store = Store(connect(Resources()))
    table = store.make_table("rows", "a varchar, file_number integer")
    assert store.keep(table, "select 0 as file_number, 'x' as a", {}) is None
    assert store.connection.sql(f"from {table}").fetchall() == [("x", 0)]
