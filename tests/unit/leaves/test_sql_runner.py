"""One SELECT in a file is one table; an error names the file and no value."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dyadlink.config import Resources
from dyadlink.errors import DyadlinkError
from dyadlink.sql import add_views, append_rows, codelist_views, connect, create_table, create_tables, read_table

PERSON = "ROBERTA-TABLES"


def _sql(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.sql"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_table_has_the_name_of_the_file(tmp_path: Path) -> None:
    connection = connect(Resources())
    create_table(connection, _sql(tmp_path, "answers", "-- Grain: one.\nselect 42 as answer\n"), {})
    assert read_table(connection, "answers").rows() == [(42,)]


def test_a_table_made_again_takes_the_place_of_the_old(tmp_path: Path) -> None:
    connection = connect(Resources())
    for value in (1, 2):
        create_table(connection, _sql(tmp_path, "answers", f"select {value} as answer"), {})
    assert read_table(connection, "answers").rows() == [(2,)]


def test_only_the_parameters_that_the_file_names_are_bound(tmp_path: Path) -> None:
    connection = connect(Resources())
    path = _sql(tmp_path, "t", "select $gap_days + $gap_days as twice")
    create_table(connection, path, {"gap_days": 3, "gap": object(), "other": object()})
    assert read_table(connection, "t").rows() == [(6,)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"select cast('{PERSON}' as integer) as x", "ConversionException"),
        ("select 1 + date '2021-01-01' + 'x' as x", "BinderException"),
        ("select nothing from nowhere", "CatalogException"),
        ("select from where", "ParserException"),
        ("select $missing as x", "InvalidInputException"),
    ],
)
def test_a_failing_query_names_its_file_and_no_value(tmp_path: Path, text: str, kind: str) -> None:
    path = _sql(tmp_path, "failing", text)
    with pytest.raises(DyadlinkError) as caught:
        create_table(connect(Resources()), path, {})
    assert str(caught.value).startswith(f"{path}: the query ended with {kind} -> ")
    assert PERSON not in str(caught.value)


def test_a_value_of_a_row_stays_out_of_the_message(tmp_path: Path) -> None:
    connection = connect(Resources())
    connection.register("people", pl.DataFrame({"born": [PERSON]}))
    with pytest.raises(DyadlinkError) as caught:
        create_table(connection, _sql(tmp_path, "typed", "select born::date as born from people"), {})
    assert PERSON not in str(caught.value)


def test_tables_are_made_in_the_order_given(tmp_path: Path) -> None:
    _sql(tmp_path, "first", "select 1 as n")
    _sql(tmp_path, "second", "select n + 1 as n from first")
    connection = connect(Resources())
    create_tables(connection, tmp_path, ("first", "second"), {})
    assert read_table(connection, "second").rows() == [(2,)]
    with pytest.raises(DyadlinkError):
        create_tables(connect(Resources()), tmp_path, ("second", "first"), {})


def test_code_lists_are_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "codelists/live_birth_outcomes.csv"
    path.parent.mkdir()
    path.write_text("code,last_year\n01,\n02,2018\n", encoding="utf-8")
    connection = connect(Resources())
    add_views(connection, codelist_views({"live_birth_outcomes": str(path), "births": str(tmp_path / "b.parquet")}))
    assert read_table(connection, "codelist_live_birth_outcomes").rows() == [("01", None), ("02", "2018")]


def test_only_files_of_the_codelists_folder_are_code_lists() -> None:
    inputs = {"sexes": "config/codelists/sexes.csv", "births": "staging/births.parquet", "sql": ["a.sql", "b.sql"]}
    assert codelist_views(inputs) == {"codelist_sexes": Path("config/codelists/sexes.csv")}


def test_parquet_files_become_views(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, None]})
    frame.write_parquet(tmp_path / "t.parquet")
    connection = connect(Resources())
    add_views(connection, {"t": tmp_path / "t.parquet"})
    assert read_table(connection, "t").equals(frame)


def test_the_connection_stays_in_memory_and_off_the_network() -> None:
    settings = dict(
        connect(Resources(threads=1, memory_limit="500MB"))
        .execute("select name, value from duckdb_settings()")
        .fetchall()
    )
    assert settings["threads"] == "1"
    assert settings["temp_directory"] == ""
    assert settings["autoinstall_known_extensions"] == "false"
    assert settings["autoload_known_extensions"] == "false"
    assert settings["preserve_insertion_order"] == "true"


def test_rows_are_added_by_name_and_a_failure_tells_no_value(tmp_path: Path) -> None:
    connection = connect(Resources())
    connection.execute("create table kept (a integer, b varchar)")
    append_rows(connection, "kept", "select 'x' as b, 1 as a", tmp_path / "query.sql")
    assert read_table(connection, "kept").rows() == [(1, "x")]
    with pytest.raises(DyadlinkError, match=r"query\.sql: the query ended with ConversionException") as caught:
        append_rows(connection, "kept", "select 'Mary Smith' as a, 'y' as b", tmp_path / "query.sql")
    assert "Mary" not in str(caught.value)
    assert read_table(connection, "kept").height == 1
