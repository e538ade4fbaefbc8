"""Which files are found, and what is said when one is not there."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dyadlink.config import Resources
from dyadlink.errors import SourceError
from dyadlink.sources.catalogue import (
    CIN_PATTERN,
    IDENTIFIERS,
    STAGED_CSV,
    CsvTable,
    find_files,
    find_table_files,
    staged_files,
)
from dyadlink.sources.staging import load_sources
from dyadlink.sql import connect, read_table

TABLE = CsvTable("table", "authorities/*/table.csv", ("a",))


def _touch(path: Path, content: str = "a\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def _complete(folder: Path) -> None:
    for table in STAGED_CSV:
        if not table.is_optional:
            name = table.pattern.replace("authorities/*/ssda903/*", "authorities/301/ssda903/2022")
            _touch(folder / name, ",".join(table.columns) + "\n")
    _touch(folder / "authorities/301/cin/2022.xml", "<Message><Children/></Message>")


def test_files_come_sorted_and_folders_are_none(tmp_path: Path) -> None:
    two = _touch(tmp_path / "authorities/302/table.csv")
    one = _touch(tmp_path / "authorities/301/table.csv")
    (tmp_path / "authorities/303/table.csv").mkdir(parents=True)
    assert find_files(tmp_path, TABLE.pattern) == [one, two]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone: folder not found -> set sources\.directory in the config"):
        find_files(tmp_path / "gone", TABLE.pattern)


def test_a_missing_file_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="file not found") as caught:
        find_table_files(tmp_path, TABLE)
    assert caught.value.where == str(tmp_path / TABLE.pattern)


def test_an_optional_table_may_have_no_file(tmp_path: Path) -> None:
    assert find_table_files(tmp_path, CsvTable("table", TABLE.pattern, ("a",), is_optional=True)) == []


def test_staging_never_opens_identifiers(tmp_path: Path) -> None:
    _complete(tmp_path)
    for table in IDENTIFIERS:
        _touch(tmp_path / table.pattern.replace("*", "301"))
    assert not [path for path in staged_files(tmp_path) if path.name == "identifiers.csv"]
    assert not {table.name for table in STAGED_CSV} & {table.name for table in IDENTIFIERS}


def test_load_sources_makes_an_empty_table_of_an_optional_one(tmp_path: Path) -> None:
    _complete(tmp_path)
    connection = connect(Resources())
    load_sources(connection, tmp_path)
    hes = read_table(connection, "hes_apc")
    assert hes.height == 0
    assert {"EPIKEY", "source_file", "source_row"} <= set(hes.columns)
    assert hes.schema["EPIKEY"] == pl.String


def test_load_sources_needs_every_other_file(tmp_path: Path) -> None:
    for table in STAGED_CSV:
        if table.is_optional:
            continue
        folder = tmp_path / table.name
        _complete(folder)
        for path in find_files(folder, table.pattern):
            path.unlink()
        with pytest.raises(SourceError, match="file not found"):
            load_sources(connect(Resources()), folder)


def test_load_sources_needs_a_census_return(tmp_path: Path) -> None:
    _complete(tmp_path)
    (tmp_path / "authorities/301/cin/2022.xml").unlink()
    with pytest.raises(SourceError, match="file not found") as caught:
        load_sources(connect(Resources()), tmp_path)
    assert caught.value.where == str(tmp_path / CIN_PATTERN)
