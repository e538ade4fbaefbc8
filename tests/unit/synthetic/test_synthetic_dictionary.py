"""The data dictionary tells of every column of every file, and of no other, and its types are true."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from dyadlink.cli import main
from dyadlink.errors import DyadlinkError
from dyadlink.synthetic.dictionary import OWN, columns_of, data_dictionary

SYNTHETIC = Path(__file__).parents[3] / "synthetic_data"
DESCRIPTIONS, WRITTEN = SYNTHETIC / "descriptions", SYNTHETIC / "data_dictionary.csv"
KEY = ["route", "file", "column"]
WHOLE_NUMBER = r"^-?(0|[1-9]\d*)$"
SHAPES = {
    "date": r"^\d{4}-\d\d-\d\d$",
    "date, day first": r"^\d\d/\d\d/\d{4}$",
    "date and time": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$",
    "time": r"^\d\d:\d\d:\d\d$",
    "whole number": WHOLE_NUMBER,
    "number": r"^-?\d+(\.\d+)?(e-?\d+)?$",
    "true or false": r"^(true|false)$",
}


@pytest.fixture(scope="module")
def written() -> pl.DataFrame:
    return pl.read_csv(WRITTEN, infer_schema=False)


def test_the_written_dictionary_is_that_of_the_committed_extract(tmp_path: Path) -> None:
    options = ["dictionary", "--world", str(SYNTHETIC / "extract/sources"), "--out", str(tmp_path / "d.csv")]
    assert main(options) == 0
    assert (tmp_path / "d.csv").read_bytes() == WRITTEN.read_bytes(), "out of date: run `make extract`"


def test_every_column_of_a_larger_world_is_in_it_and_none_is_stale(routed: Path, written: pl.DataFrame) -> None:
    found = pl.DataFrame(columns_of(routed), orient="row").select(KEY)
    assert found.rows() == found.unique(maintain_order=True).rows()
    assert set(found.rows()) == set(written.select(KEY).rows())
    assert data_dictionary(routed, DESCRIPTIONS).drop(KEY).null_count().sum_horizontal().item() == 0


def test_no_cell_is_empty_and_no_column_comes_twice(written: pl.DataFrame) -> None:
    assert written.null_count().sum_horizontal().item() == 0
    assert written["meaning"].str.strip_chars().str.len_chars().min() > 2  # type: ignore[operator]
    assert written.select(KEY).is_duplicated().sum() == 0
    assert set(written["type"]) == {*SHAPES, "text", "element"}


def test_values_have_the_type_that_the_dictionary_says(routed: Path, written: pl.DataFrame) -> None:
    types = {tuple(row[:3]): row[3] for row in written.select(*KEY, "type").rows()}
    checked = 0
    for (_, file, column), kind in types.items():
        shape = SHAPES.get(kind)
        if not file.endswith(".csv") or shape is None:
            continue
        values = set[str]()
        for path in routed.glob(re.sub(r"<[a-z_]+>", "*", file)):
            values |= set(pl.read_csv(path, infer_schema=False, columns=[column])[column].drop_nulls())
        checked += len(values)
        # A value is not shown: the name of the column is enough.
        assert sum(re.search(shape, value) is None for value in values) == 0, (file, column)
    assert checked > 1000


def test_elements_of_the_census_have_their_type(routed: Path, written: pl.DataFrame) -> None:
    census = written.filter(pl.col("file").str.ends_with(".xml"))
    text = "".join(path.read_text(encoding="utf-8") for path in routed.glob("authorities/*/cin/*.xml"))
    for column, kind in census.select("column", "type").rows():
        values = set(re.findall(rf"<{column}>([^<]+)</{column}>", text))
        assert (kind == "element") == (not values), column
        assert sum(re.search(SHAPES.get(kind, ""), value) is None for value in values) == 0, column


def _copy_of_descriptions(folder: Path, own: str) -> Path:
    folder.mkdir()
    for path in DESCRIPTIONS.glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / OWN).write_text(own, encoding="utf-8")
    return folder


def test_a_column_without_a_meaning_is_named(tmp_path: Path) -> None:
    lines = (DESCRIPTIONS / OWN).read_text(encoding="utf-8").splitlines(keepends=True)
    fewer = "".join(line for line in lines if ",LAchildID," not in line)
    folder = _copy_of_descriptions(tmp_path / "d", fewer)
    with pytest.raises(DyadlinkError, match=r"column LAchildID has no meaning.*add a row to"):
        data_dictionary(SYNTHETIC / "extract/sources", folder)


def test_a_folder_without_files_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dictionary", "--world", str(tmp_path / "nowhere"), "--out", str(tmp_path / "d.csv")]) != 0
    assert capsys.readouterr().err.count("holds no synthetic files -> make them with `dyadlink simulate`\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_description_of_no_column_is_named(tmp_path: Path) -> None:
    own = (DESCRIPTIONS / OWN).read_text(encoding="utf-8") + "truth/dyads.csv,shoe_size,number,Size,dyadlink\n"
    folder = _copy_of_descriptions(tmp_path / "d", own)
    with pytest.raises(DyadlinkError, match=r"1 description\(s\) belong to no column, first: truth/dyads.csv, shoe"):
        data_dictionary(SYNTHETIC / "extract/sources", folder)
