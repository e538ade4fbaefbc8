"""Stored files are whole or not there, checked, and open to their owner alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from dyadlink import storage
from dyadlink.config import Resources
from dyadlink.errors import ConfigError, ContractError
from dyadlink.sql import connect
from dyadlink.storage import check_holds_no_records, protect_folder, working_folder, write_parquet, write_tables
from dyadlink.synthetic.files import write_notice

MONTHS = pl.DataFrame({"lsoa": ["E01000001"], "deprivation_quintile": [3]})


def test_a_record_level_folder_is_open_to_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "results/record_level"
    folder.mkdir(parents=True, mode=0o755)
    protect_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    protect_folder(tmp_path / "a/b")
    assert (tmp_path / "a/b").is_dir()


def test_a_folder_of_records_is_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / "records.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="would delete them"):
        check_holds_no_records(tmp_path)
    (tmp_path / "README.txt").write_text("Extract of June\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="would delete them"):
        check_holds_no_records(tmp_path)


def test_a_folder_of_invented_records_an_empty_one_and_none_are_made_anew(tmp_path: Path) -> None:
    check_holds_no_records(tmp_path / "none")
    check_holds_no_records(tmp_path)
    simulated = tmp_path / "simulated"
    simulated.mkdir()
    write_notice(simulated)
    (simulated / "records.csv").write_text("a\n", encoding="utf-8")
    check_holds_no_records(simulated)


def test_a_frame_comes_back_as_it_was(tmp_path: Path) -> None:
    frame = pl.DataFrame({"day": [date(2021, 4, 1), None], "flag": [True, None], "n": [1, 2]})
    write_parquet(frame, tmp_path / "t.parquet")
    assert pl.read_parquet(tmp_path / "t.parquet").equals(frame)
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.parquet"
    write_parquet(MONTHS, path)

    def broken(_: pl.DataFrame, file: Path, **__: object) -> None:
        file.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", broken)
    with pytest.raises(OSError, match="disk full"):
        write_parquet(MONTHS.clear(), path)
    assert pl.read_parquet(path).equals(MONTHS)


def test_tables_of_a_connection_are_written_by_name(tmp_path: Path) -> None:
    connection = connect(Resources())
    connection.register("areas", MONTHS)
    write_tables(connection, {"areas": tmp_path / "areas.parquet"})
    assert pl.read_parquet(tmp_path / "areas.parquet").rows() == [("E01000001", 3)]


def test_a_table_that_breaks_its_contract_is_not_written_nor_are_the_others(tmp_path: Path) -> None:
    connection = connect(Resources())
    connection.register("other", MONTHS)
    connection.register("areas", pl.concat([MONTHS, MONTHS]))
    outputs = {"other": tmp_path / "other.parquet", "areas": tmp_path / "areas.parquet"}
    with pytest.raises(ContractError, match="table areas: breaks its contract") as caught:
        write_tables(connection, outputs)
    assert "E01000001" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_table_is_written_part_by_part_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "ROWS_AT_ONCE", 2_000)
    connection = connect(Resources())
    connection.execute(
        "create table areas as select 'E' || n as lsoa, n % 5 + 1 as deprivation_quintile from range(9000) r(n)"
    )
    write_tables(connection, {"areas": tmp_path / "areas.parquet"})
    written = pl.read_parquet(tmp_path / "areas.parquet")
    assert written.equals(connection.table("areas").pl())
    assert pq.ParquetFile(tmp_path / "areas.parquet").num_row_groups > 1


def test_a_key_that_stands_in_two_parts_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "ROWS_AT_ONCE", 2_000)
    connection = connect(Resources())
    connection.execute(
        "create table areas as select 'E' || n % 8999 as lsoa, 1 as deprivation_quintile from range(9000) r(n)"
    )
    with pytest.raises(ContractError, match=r"1 key\(s\) stand in several rows"):
        write_tables(connection, {"areas": tmp_path / "areas.parquet"})
    assert list(tmp_path.iterdir()) == []


def test_a_working_folder_is_the_owners_alone_and_is_gone_at_the_end(tmp_path: Path) -> None:
    place = tmp_path / ".working"
    place.mkdir()
    (place / "left by a step that was killed").write_text("", encoding="utf-8")

    def fail() -> None:
        with working_folder(place) as folder:
            assert list(folder.iterdir()) == []
            assert folder.stat().st_mode & 0o777 == 0o700
            connect(Resources(), folder).execute("create table t as select 1 as a; checkpoint")
            assert (folder / "tables.duckdb").is_file()
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert not place.exists()
