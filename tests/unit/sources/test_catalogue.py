"""Which files are found, and what is said of a folder or of two files that are one too many."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sources_world import complete_returns, people, sources, write

from dyadlink.errors import SourceError
from dyadlink.sources.catalogue import Folder, stage_files

TABLE = people(path="authorities/{la_code}/people")


def test_files_come_sorted_with_the_parts_of_their_path_and_folders_are_none(tmp_path: Path) -> None:
    write(tmp_path / "authorities/302/people.csv", "")
    write(tmp_path / "authorities/301/people.parquet", "")
    write(tmp_path / "authorities/304/people.csv.gz", "")
    (tmp_path / "authorities/303/people.csv").mkdir(parents=True)
    found = [(file.path, file.form, dict(file.wildcards)) for file in Folder(tmp_path).files(TABLE)]
    assert found == [
        (tmp_path / "authorities/301/people.parquet", ".parquet", {"la_code": "301"}),
        (tmp_path / "authorities/302/people.csv", ".csv", {"la_code": "302"}),
        (tmp_path / "authorities/304/people.csv.gz", ".csv.gz", {"la_code": "304"}),
    ]


@pytest.mark.parametrize("name", ["people.csv", "People.CSV", "PEOPLE.Csv"])
def test_case_does_not_matter(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "Authorities/301" / name, "")
    assert [file.path for file in Folder(tmp_path).files(TABLE)] == [path]


@pytest.mark.parametrize("name", ["people.csv.bak", "people.txt", "xpeople.csv", "people_2.csv", ".people.csv"])
def test_other_files_are_left_alone(tmp_path: Path, name: str) -> None:
    write(tmp_path / "authorities/301" / name, "")
    assert Folder(tmp_path).files(TABLE) == []


def test_a_wildcard_may_be_part_of_a_name(tmp_path: Path) -> None:
    write(tmp_path / "cin/CIN_2021.parquet", "")
    (file,) = Folder(tmp_path).files(people(path="cin/CIN_{year}"))
    assert file.wildcards == {"year": "2021"}


def test_a_linked_folder_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/people.csv", "")
    (tmp_path / "in/authorities").mkdir(parents=True)
    (tmp_path / "in/authorities/301").symlink_to(tmp_path / "elsewhere")
    assert [file.wildcards["la_code"] for file in Folder(tmp_path / "in").files(TABLE)] == ["301"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone: folder not found -> correct sources\.directory or the input's"):
        Folder(tmp_path / "gone")


def test_a_folder_without_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so that the system's refusal is played."""
    write(tmp_path / "authorities/301/people.csv", "")
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "301":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("dyadlink.sources.catalogue.os.scandir", refuse)
    with pytest.raises(SourceError) as caught:
        Folder(tmp_path).files(TABLE)
    where = tmp_path / "authorities/301"
    assert str(caught.value) == f"{where}: folder cannot be read (Permission denied) -> check its permissions"


def test_a_folder_that_is_no_part_of_the_layout_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(
        "dyadlink.sources.catalogue.os.scandir", lambda path: opened.append(Path(path).name) or scandir(path)
    )
    write(tmp_path / "authorities/301/people.csv", "")
    write(tmp_path / "authorities/301/private/notes.csv", "")
    write(tmp_path / "truth/links.csv", "")
    Folder(tmp_path).files(TABLE)
    assert opened == [tmp_path.name, "authorities", "301"]


def test_one_table_in_two_forms_is_told(tmp_path: Path) -> None:
    write(tmp_path / "authorities/301/people.csv", "")
    write(tmp_path / "authorities/301/people.parquet", "")
    with pytest.raises(SourceError, match=r"people\.parquet: holds the same table as people\.csv -> keep one"):
        Folder(tmp_path).files(TABLE)


def test_a_return_in_xml_beside_its_csv_files_is_told(tmp_path: Path) -> None:
    table = people(path="{la_code}/{year}/people", xml={"reader": "ssda903", "path": "{la_code}/{year}/*"})
    write(tmp_path / "301/2022/people.csv", "")
    write(tmp_path / "301/2023/return.xml", "")
    assert [file.form for file in Folder(tmp_path).files(table)] == [".csv", ".xml"]
    write(tmp_path / "301/2022/return.xml", "")
    with pytest.raises(SourceError, match=r"return\.xml: holds the same table as people\.csv"):
        Folder(tmp_path).files(table)


def test_staging_never_opens_identifiers(tmp_path: Path) -> None:
    config = sources(complete_returns(tmp_path))
    staged, linked = ({str(path.relative_to(tmp_path)) for path in stage_files(config, stage)} for stage in STAGES)
    assert linked == {"nhs/identifiers.csv", "authorities/301/identifiers.csv"}
    assert not staged & linked
    assert {"nhs/mhsds/MHS001MPI.csv", "authorities/301/cin/301.xml"} <= staged


STAGES = ("staging", "linkage")


def test_what_an_input_of_another_kind_depends_on(tmp_path: Path) -> None:
    mapping = write(tmp_path / "names.yaml", "route: england_returns\ntables: {}\n")
    config = sources(
        tmp_path,
        {"name": "a", "route": "england_returns", "format": "duckdb", "location": "study.duckdb"},
        {"name": "b", "route": "england_returns", "format": "postgresql", "location": "SERVER", "mapping": mapping},
    )
    assert stage_files(config, "staging") == [Path("study.duckdb"), mapping]
