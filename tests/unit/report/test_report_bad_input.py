"""Release folders that are empty, changed, strange or wholly hidden: said in one line, never a traceback."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dyadlink import __version__
from dyadlink.cli import main
from dyadlink.disclosure import write_release
from dyadlink.errors import DyadlinkError
from dyadlink.report.build import build_report, render
from dyadlink.report.reading import read_release

CONTEXT = {"title": "A study", "is_synthetic": False, "profile": "strict"}


@pytest.fixture
def folder(small_folder: Path, tmp_path: Path) -> Path:
    """A copy of a release, to be spoilt."""
    return Path(shutil.copytree(small_folder, tmp_path / "release"))


def _change_manifest(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def _rewrite(folder: Path, name: str, content: bytes) -> None:
    """Put the content in place of a released file, its hash in the manifest with it."""

    def change(manifest: dict[str, Any]) -> None:
        for entry in manifest["files"]:
            if entry["table"] == name:
                entry["sha256"] = hashlib.sha256(content).hexdigest()

    (folder / "tables" / f"{name}.csv").write_bytes(content)
    _change_manifest(folder, change)


def _say(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that the command says; nothing is written."""
    assert main(["report", str(folder), "--out", str(out)]) == DyadlinkError.exit_code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    assert not out.exists()
    return captured.err


def test_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert "empty: no manifest.json here -> write the release first" in _say(tmp_path / "empty", tmp_path / "o", capsys)


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no manifest.json here" in _say(tmp_path / "nowhere", tmp_path / "o", capsys)


def test_a_file_in_place_of_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("a")
    assert "no manifest.json here" in _say(tmp_path / "file", tmp_path / "o", capsys)


@pytest.mark.parametrize("text", ["", "[1]", "{}", "{not json", "\x00"])
def test_a_manifest_that_is_none(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (folder / "manifest.json").write_text(text)
    assert "manifest.json: not " in _say(folder, tmp_path / "o", capsys)


def test_a_release_of_another_format(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _change_manifest(folder, lambda manifest: manifest.update(format_version=99, package_version="9.0"))
    told = _say(folder, tmp_path / "o", capsys)
    assert "a release of format 99, written by version 9.0" in told
    assert "build the report with the version that wrote the release" in told


def test_a_release_of_another_version_that_can_be_read_says_so(folder: Path) -> None:
    _change_manifest(folder, lambda manifest: manifest.update(package_version="0.0.1"))
    html = render(read_release(folder))
    assert f"The release was written by version 0.0.1, and this report by version {__version__}." in html
    _change_manifest(folder, lambda manifest: manifest.update(package_version=__version__))
    assert "The release was written by version" not in render(read_release(folder))


def test_files_that_were_changed_by_hand_are_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = folder / "tables" / "outcomes.csv"
    changed.write_text(changed.read_text().replace("rounded,", "rounded,7", 1))
    (folder / "tables" / "linkage.csv").unlink()
    told = _say(folder, tmp_path / "o", capsys)
    assert "tables/linkage.csv, tables/outcomes.csv: missing, or not the file that was released" in told


def test_a_file_outside_the_folder_is_not_read(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_bytes((folder / "tables" / "outcomes.csv").read_bytes())

    def change(manifest: dict[str, Any]) -> None:
        entry = next(entry for entry in manifest["files"] if entry["table"] == "outcomes")
        entry["path"] = "../outside.csv"

    _change_manifest(folder, change)
    assert "../outside.csv: missing, or not the file" in _say(folder, tmp_path / "o", capsys)


def test_further_files_are_left_alone(folder: Path) -> None:
    before = render(read_release(folder))
    (folder / "results.json").write_text("{}")
    (folder / "checksums").mkdir(exist_ok=True)
    (folder / "tables" / "further.csv").write_text("a,b\n1,2\n")
    assert render(read_release(folder)) == before


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"order,n\n1,many\n", b"a,b\n1\n1,2,3\n"])
def test_a_file_that_is_no_table(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    _rewrite(folder, "cohort_flow", content)
    told = _say(folder, tmp_path / "o", capsys)
    assert "cohort_flow.csv: no table of a release" in told
    assert "many" not in told


@pytest.mark.parametrize("name", ["outcomes", "estimates", "cohort_flow", "cumulative_incidence", "service_rates"])
def test_a_table_with_other_columns(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    _rewrite(folder, name, b"first,second\n1,2\n")
    told = _say(folder, tmp_path / "o", capsys)
    assert f"a table does not hold what version {__version__} reads" in told


def test_tables_without_rows_make_a_report(folder: Path) -> None:
    release = read_release(folder)
    for name, frame in release.tables.items():
        _rewrite(folder, name, frame.clear().write_csv().encode())
    html = render(read_release(folder))
    assert "The release has no cohort flow." in html
    assert "The release has no outcomes, curves or models to put into words." in html


def test_every_cell_hidden_makes_a_report_with_all_its_files(folder: Path, tmp_path: Path) -> None:
    release = read_release(folder)
    hidden = {}
    for name, frame in release.tables.items():
        keys = [c for c, kind in frame.schema.items() if kind == pl.String and c != "status"]
        gone = [c for c in frame.columns if c not in {*keys, "status", "order"}]
        hidden[name] = frame.with_columns(
            pl.lit("suppressed_primary").alias("status"),
            *(pl.lit(None, frame.schema[c]).alias(c) for c in gone),
        )
    write_release(hidden, CONTEXT | {"is_synthetic": True}, tmp_path / "hidden")
    build_report(tmp_path / "hidden", tmp_path / "report" / "index.html")
    html = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "is not shown: fewer than 10, or hidden to protect another count" in html
    assert "gives no estimate that can be shown" in html
    assert (tmp_path / "report" / "tables.docx").stat().st_size > 10_000
    assert len(list((tmp_path / "report" / "tables").glob("*.tex"))) > 20
