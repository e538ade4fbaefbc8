"""Tables of a DuckDB file are found by name and read as text; the file is never written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sources_world import loaded_rows, make_target, people, write

from dyadlink.errors import SourceError
from dyadlink.sources.databases import Relation, find_relations
from dyadlink.sources.duckdb_file import DuckdbFile

PERSON = "ROBERTA-TABLES"


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "it's.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema nhs")
        connection.execute("create table nhs.People as select '01' as \"Person_ID\", date '2021-04-01' as \"PostCode\"")
        connection.execute("create view seen as select * from nhs.People")
        connection.execute(f"create table lacking as select '{PERSON}' as person_id")
        connection.execute("create table cin_2020 as select '20' as person_id, 1.0 as postcode")
        connection.execute("create table cin_2021 as select '21' as person_id, 2.5 as postcode")
    yield path


def _load(database: Path, **changes: Any) -> list[dict[str, Any]]:
    target = make_target(people(**changes))
    file = DuckdbFile(target.store.connection, database, "input study")
    try:
        file.load(target)
    finally:
        file.close()
    return loaded_rows(target)


@pytest.mark.parametrize("change", [{}, {"path": "nhs/people"}, {"relation": "NHS.people"}, {"name": "people"}])
def test_a_table_is_found_by_its_name_its_path_or_what_the_layout_says(path: Path, change: dict[str, Any]) -> None:
    assert _load(path, **change) == [
        {
            "Person_ID": "01",
            "PostCode": "2021-04-01",
            "input": "study",
            "source_file": "study:nhs.People",
            "source_row": 1,
        }
    ]


def test_a_view_is_read_like_a_table(path: Path) -> None:
    assert [row["Person_ID"] for row in _load(path, relation="seen")] == ["01"]


def test_a_wildcard_is_read_from_the_name(path: Path) -> None:
    rows = _load(path, path="npd/CIN_{year}")
    assert [(row["Person_ID"], row["PostCode"], row["year"]) for row in rows] == [
        ("20", "1", "2020"),
        ("21", "2.5", "2021"),
    ]


def test_parts_of_a_path_that_a_database_has_not_must_be_columns(path: Path) -> None:
    with pytest.raises(SourceError, match=r"it's\.duckdb, nhs\.People: missing column\(s\) la_code -> "):
        _load(path, path="authorities/{la_code}/people")


def test_a_missing_column_is_told(path: Path) -> None:
    with pytest.raises(SourceError, match=r"main\.lacking: missing column\(s\) PostCode -> ") as caught:
        _load(path, relation="lacking")
    assert PERSON not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.duckdb: file not found -> correct the input's location"):
        _load(tmp_path / "gone.duckdb")


@pytest.mark.parametrize("content", [b"", b"no database at all"])
def test_a_file_that_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "study.duckdb", content)
    with pytest.raises(SourceError, match=r"study\.duckdb: is no DuckDB file, or cannot be read -> "):
        _load(path)
    assert path.read_bytes() == content


def test_a_database_that_is_cut_short_is_told(path: Path, tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.duckdb", path.read_bytes()[:20_000])
    with pytest.raises(SourceError, match=r"cut\.duckdb"):
        _load(cut)


def test_the_end_of_a_path_is_no_name_where_folders_tell_two_apart() -> None:
    table = people(name="ssda903_header", path="authorities/{la_code}/ssda903/{return_year}/header")
    relations = [Relation("main", "header"), Relation("main", "SSDA903_header")]
    assert list(find_relations(table, relations, "db")) == [relations[1]]


def test_a_schema_of_the_path_comes_before_another_of_the_same_name() -> None:
    relations = [Relation("SAILLACWV", "PUPIL_ALF"), Relation("SAILCRCSV", "PUPIL_ALF")]
    assert list(find_relations(people(path="SAILCRCSV/PUPIL_ALF"), relations, "db")) == [relations[1]]
