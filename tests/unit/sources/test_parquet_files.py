"""Parquet is read as the text that a CSV file of the layout would hold."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sources_world import loaded_rows, make_target, people, source_file, write

from dyadlink.config import Csv, Resources
from dyadlink.errors import SourceError
from dyadlink.sources.csv_files import load_csv
from dyadlink.sources.parquet_files import load_parquet
from dyadlink.sources.store import Store
from dyadlink.sql import connect

PERSON = "ROBERTA-TABLES"
FRAME = {"Person_ID": ["01", "02"], "PostCode": ["AB1", None]}


def _file(folder: Path, frame: Any, name: str = "people.parquet") -> Path:
    path = folder / name
    pl.DataFrame(frame).write_parquet(path)
    return path


def _load(*paths: Path, **changes: Any) -> list[dict[str, Any]]:
    target = make_target(people(**changes))
    load_parquet(target, [source_file(path) for path in paths])
    return loaded_rows(target)


def _told(*paths: Path) -> str:
    with pytest.raises(SourceError) as caught:
        _load(*paths)
    message = str(caught.value)
    assert PERSON not in message
    assert caught.value.__cause__ is None
    return message


def test_rows_are_text_with_their_file_and_number(tmp_path: Path) -> None:
    path = _file(tmp_path, FRAME)
    origin = {"input": "study", "source_file": str(path)}
    assert _load(path) == [
        {"Person_ID": "01", "PostCode": "AB1", **origin, "source_row": 1},
        {"Person_ID": "02", "PostCode": None, **origin, "source_row": 2},
    ]


def test_files_of_different_columns_are_read_together(tmp_path: Path) -> None:
    one = _file(tmp_path, FRAME, "people_1.parquet")
    two = _file(tmp_path, {"x": [1], "POSTCODE": ["AB3"], "person_id": [3]}, "people_2.parquet")
    three = _file(tmp_path, FRAME, "people_3.parquet")
    rows = [(row["Person_ID"], row["PostCode"], row["source_row"]) for row in _load(one, two, three)]
    assert rows == [("01", "AB1", 1), ("02", None, 2), ("3", "AB3", 1), ("01", "AB1", 1), ("02", None, 2)]


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        pytest.param([1, None], pl.Int64, ["1", None], id="integers"),
        pytest.param([1459.0, 0.5, None, 1e17], pl.Float64, ["1459", "0.5", None, "100000000000000000"], id="floats"),
        pytest.param([float("nan"), 1.0], pl.Float64, [None, "1"], id="missing as pandas writes it"),
        pytest.param([True, False, None], pl.Boolean, ["true", "false", None], id="booleans"),
        pytest.param(["", "x"], pl.String, [None, "x"], id="empty text"),
        pytest.param(["a", "b"], pl.Categorical, ["a", "b"], id="categories"),
    ],
)
def test_values_are_written_as_in_a_csv_file(tmp_path: Path, values: Any, kind: Any, texts: list[str | None]) -> None:
    frame = pl.DataFrame({"Person_ID": ["x"] * len(values), "PostCode": pl.Series(values, dtype=kind)})
    assert [row["PostCode"] for row in _load(_file(tmp_path, frame))] == texts


@pytest.mark.parametrize(
    ("dates", "text"), [("year_first", "2021-04-01"), ("day_first", "01/04/2021"), ("either", "2021-04-01")]
)
@pytest.mark.parametrize("value", [date(2021, 4, 1), datetime(2021, 4, 1, 10, 30)])
def test_days_are_written_as_the_layout_writes_them(tmp_path: Path, value: date, dates: str, text: str) -> None:
    columns = [{"name": "DECOM", "type": "date", "description": "Day."}]
    path = _file(tmp_path, {"DECOM": [value, None]})
    assert [row["DECOM"] for row in _load(path, columns=columns, dates=dates)] == [text, None]


def test_rows_stay_in_their_file_beside_those_that_are_stored(tmp_path: Path) -> None:
    parquet = _file(tmp_path, {"Person_ID": ["01", "02"], "PostCode": ["AB1", None]}, "people_1.parquet")
    csv = write(tmp_path / "people_2.csv", "Person_ID,PostCode\n03,AB3\n04,AB4\n")
    target = make_target(people())
    load_csv(target, [source_file(csv)], Csv())
    load_parquet(target, [source_file(parquet)])
    assert target.store.connection.table(target.rows).count("*").fetchall() == [(2,)]
    assert [(row["Person_ID"], row["PostCode"], row["source_row"]) for row in loaded_rows(target)] == [
        ("01", "AB1", 1),
        ("02", None, 2),
        ("03", "AB3", 1),
        ("04", "AB4", 2),
    ]


def test_a_column_called_place_is_no_place_in_the_file(tmp_path: Path) -> None:
    columns = [{"name": "PLACE", "description": "Placement."}]
    path = _file(tmp_path, {"PLACE": ["U1", "K2"]})
    assert [(row["PLACE"], row["source_row"]) for row in _load(path, columns=columns)] == [("U1", 1), ("K2", 2)]


def test_a_missing_column_is_told(tmp_path: Path) -> None:
    path = _file(tmp_path, {"Person_ID": [PERSON], "Post Code": ["x"]})
    assert _told(path).startswith(f"{path}: missing column(s) PostCode (is it 'Post Code'?) -> ")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "people.parquet", b"")
    assert _told(path) == f"{path}: file is empty -> export it again"


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.999])
def test_a_file_that_is_cut_short_is_told(tmp_path: Path, kept: float) -> None:
    whole = _file(tmp_path, {"Person_ID": [f"{PERSON}{n}" for n in range(100_000)], "PostCode": ["x"] * 100_000})
    content = whole.read_bytes()
    path = write(tmp_path / "cut.parquet", content[: int(len(content) * kept)])
    assert _told(path) == f"{path}: is no Parquet file, or is cut short -> export it again"


def test_a_file_that_is_damaged_within_is_told_by_its_name(tmp_path: Path) -> None:
    frame = {"Person_ID": [f"{PERSON}{n * 7919 % 99991}" for n in range(100_000)], "PostCode": ["x"] * 100_000}
    sound, damaged = _file(tmp_path, frame, "people_1.parquet"), _file(tmp_path, frame, "people_2.parquet")
    content = bytearray(damaged.read_bytes())
    content[4:20_000] = bytes(20_000 - 4)
    damaged.write_bytes(content)
    assert _told(sound, damaged) == f"{damaged}: is no Parquet file, or is cut short -> export it again"


def test_a_key_that_is_text_in_one_file_and_a_number_in_another_is_told(tmp_path: Path) -> None:
    columns = [{"name": "Person_ID", "key": True, "description": "Id."}]
    store = Store(connect(Resources()))
    one = _file(tmp_path, {"Person_ID": ["01"]}, "mhs001mpi.parquet")
    two = _file(tmp_path, {"Person_ID": [1]}, "mhs101referral.parquet")
    load_parquet(make_target(people(columns=columns), store), [source_file(one)])
    with pytest.raises(SourceError) as caught:
        load_parquet(make_target(people(columns=columns), store), [source_file(two)])
    assert str(caught.value) == (
        f"{two}: key Person_ID is a number here and text in {one} -> "
        "export it as text in both: a number loses leading zeros"
    )
