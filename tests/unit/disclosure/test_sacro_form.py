"""The list of outputs by the rules of the SACRO viewer and of ACRO, written again from their sources.

Viewer: sacro/models.py, sacro/versioning.py and assets/src/scripts (github.com/AI-SDC/SACRO-Viewer, May 2026). ACRO:
acro/record.py, `load_records` (1.0.2).
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dyadlink.disclosure import get_profile, protect_all, write_release

CONTEXT: dict[str, Any] = {"title": "A study", "is_synthetic": True, "profile": "strict"}
OLDEST = (0, 4)
"""The viewer opens what ACRO 0.4 and later wrote."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, small_aggregates: dict[str, pl.DataFrame]) -> Path:
    place = tmp_path_factory.mktemp("sacro") / "release"
    write_release(protect_all(small_aggregates, get_profile("strict")), CONTEXT, place)
    return place


def is_list_of_outputs(path: Path) -> bool:
    """What the viewer takes for one: a version, and results of which each has files, each with a name."""
    told = json.loads(path.read_text())
    if not {"version", "results"} <= told.keys():
        return False
    outputs = told["results"].values()
    return all(output.get("files") and all("name" in file for file in output["files"]) for output in outputs)


def found_by_the_viewer(folder: Path) -> Path:
    """`outputs.json`, else the only JSON file in the folder, else the only one that is a list of outputs."""
    files = sorted(folder.glob("*.json"))
    if (folder / "outputs.json").exists():
        return folder / "outputs.json"
    (found,) = files if len(files) == 1 else [path for path in files if is_list_of_outputs(path)]
    return found


def outputs_of(folder: Path) -> dict[str, Any]:
    told = json.loads(found_by_the_viewer(folder).read_text())
    outputs: dict[str, Any] = told["results"]
    return outputs


def test_the_viewer_finds_the_list_among_the_files_of_the_release(folder: Path) -> None:
    assert found_by_the_viewer(folder) == folder / "results.json"
    assert not is_list_of_outputs(folder / "manifest.json")
    # It would read this one as the settings of ACRO.
    assert not (folder / "config.json").exists()
    major, minor, *_ = json.loads((folder / "results.json").read_text())["version"].split(".")
    assert (int(major), int(minor)) >= OLDEST
    # The viewer compares the parts as text.
    assert (major, minor) >= tuple(map(str, OLDEST))


def test_every_file_has_the_checksum_that_the_viewer_asks_for(folder: Path) -> None:
    files = [file["name"] for output in outputs_of(folder).values() for file in output["files"]]
    assert len(files) == 2 * len(list((folder / "tables").iterdir()))
    for name in files:
        told = (folder / "checksums" / f"{name}.txt").read_text(encoding="utf8")
        assert told == hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_a_zip_of_the_viewer_holds_no_two_files_of_one_name(folder: Path) -> None:
    # It drops the folders of what it puts in.
    names = [Path(file["name"]).name for output in outputs_of(folder).values() for file in output["files"]]
    assert len(set(names)) == len(names)


def test_outputs_say_all_that_viewer_and_acro_read(folder: Path) -> None:
    outputs = outputs_of(folder)
    assert outputs.keys() == {path.stem for path in (folder / "tables").iterdir()}
    assert {output["status"] for output in outputs.values()} <= {"pass", "review", "fail"}
    for uid, output in outputs.items():
        assert output["uid"] == uid
        assert {
            "type",
            "properties",
            "command",
            "summary",
            "outcome",
            "timestamp",
            "exception",
            "fair",
        } <= output.keys()
        assert output["properties"]["method"]
        # The page of the viewer takes the part before the first semicolon for the status.
        assert output["summary"].split("; ")[0] == output["status"]
        assert all(isinstance(comment, str) and "<" not in comment for comment in output["comments"])
        assert "sdc" in output["files"][0]


def test_cells_that_the_viewer_marks_are_those_that_are_hidden(folder: Path) -> None:
    marked = 0
    for output in outputs_of(folder).values():
        with (folder / output["files"][0]["name"]).open(encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        sdc = output["files"][0]["sdc"]
        status = header.index("status")
        told = {"threshold": "suppressed_primary", "secondary": "suppressed_secondary"}
        for flag, word in told.items():
            # The viewer marks row x + 1 of the table's body, and column y + 2, both counted from 1.
            cells = [(x, y + 1) for x, y in sdc["cells"][flag]]
            assert [row for row, _ in cells] == [i for i, row in enumerate(rows) if row[status] == word]
            assert all(rows[x][y] == "" for x, y in cells)
            assert sdc["summary"][flag] == len(cells)
            marked += len(cells)
        assert sdc["summary"]["suppressed"] == (output["status"] == "review")
    assert marked > 100


def test_no_time_is_told_so_that_the_same_input_gives_the_same_bytes(folder: Path) -> None:
    assert {output["timestamp"] for output in outputs_of(folder).values()} == {""}
