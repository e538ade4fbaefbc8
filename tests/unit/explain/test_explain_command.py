"""The command: where records may go, what is refused, and what an error never tells."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from explained_study import rewrite, store
from small_study import SmallStudy

from dyadlink.cli import main
from dyadlink.explain.destination import page_width

WARNING = "RECORD LEVEL"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one mother and one infant, made once."""
    small = SmallStudy(tmp_path_factory.mktemp("finished"))
    small.mother()
    small.birth()
    small.spell()
    return store(small)


@pytest.fixture
def results(finished: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(finished, tmp_path / "results"))


def _explain(results: Path, *arguments: str) -> int:
    return main(["explain", "--results", str(results), *arguments])


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_pipe_is_refused(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _explain(results, "1") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "no terminal" in told.err
    assert "--to-file" in told.err
    assert "--yes-print-records" in told.err


def test_a_pipe_is_refused_before_anything_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _explain(tmp_path / "nowhere", "1") == 1
    assert "no terminal" in capsys.readouterr().err


def test_records_are_printed_where_asked_for_and_nothing_is_written(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _files(results)
    assert _explain(results, "1", "--yes-print-records") == 0
    told = capsys.readouterr()
    assert told.out.startswith(WARNING)
    assert "O4 custody loss by T3 (incident): no" in told.out
    assert told.err == ""
    assert _files(results) == before


def test_a_terminal_needs_no_asking(results: Path) -> None:
    theirs, ours = os.openpty()
    command = [sys.executable, "-m", "dyadlink.cli", "explain", "1", "--results", str(results)]
    environment = {**os.environ, "COLUMNS": "80"}
    with subprocess.Popen(command, stdout=ours, stderr=subprocess.PIPE, env=environment) as process:  # noqa: S603
        os.close(ours)
        shown = b""
        # The end of a terminal is an error of reading it.
        while part := _read(theirs):
            shown += part
        assert process.wait() == 0
    os.close(theirs)
    lines = shown.decode().splitlines()
    assert lines[0].startswith(WARNING)
    assert max(map(len, lines)) <= 80


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.parametrize(("columns", "width"), [("40", 72), ("80", 80), ("100", 100), ("240", 100)])
def test_the_width_is_that_of_the_terminal_within_limits(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", columns)
    assert page_width() == width


def test_a_file_among_the_records_is_for_its_owner_alone(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = results / "record_level" / "case.txt"
    before = os.umask(0)
    try:
        assert _explain(results, "1", "--to-file", str(path)) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8").startswith(WARNING)
    assert WARNING not in capsys.readouterr().out


@pytest.mark.parametrize(
    "place", ["case.txt", "results/case.txt", "results/record_level/../case.txt", "results/aggregate"]
)
def test_a_file_elsewhere_is_refused(
    results: Path, place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(results.parent)
    before = _files(results.parent)
    assert _explain(results, "1", "--to-file", place) == 1
    assert "inside the folder of records alone" in capsys.readouterr().err
    assert _files(results.parent) == before


def test_a_link_that_leads_out_is_refused(
    results: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (results / "record_level/way_out").symlink_to(outside)
    assert _explain(results, "1", "--to-file", str(results / "record_level/way_out/case.txt")) == 1
    assert "inside the folder of records alone" in capsys.readouterr().err
    assert list(outside.iterdir()) == []


def test_a_table_of_the_study_is_not_written_over(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _files(results)
    assert _explain(results, "1", "--to-file", str(results / "record_level/cohort/analysis.parquet")) == 1
    assert "exists" in capsys.readouterr().err
    assert _files(results) == before


def test_an_infant_is_found_by_its_id(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _explain(results, "--infant", "B1", "--yes-print-records") == 0
    assert "infant                     id B1" in capsys.readouterr().out


@pytest.mark.parametrize("who", [["2"], ["--infant", "B7654321"], ["12a7654321"], ["-7654321"], ["²"]])
def test_who_is_not_there_is_an_error_without_a_value(
    results: Path, who: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    separated = who if who[0] == "--infant" else ["--", *who]
    assert _explain(results, "--yes-print-records", *separated) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("dyadlink: ")
    assert "no such dyad" in told.err or "is no study number" in told.err
    assert "7654321" not in told.err


def test_no_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _explain(tmp_path, "1", "--yes-print-records") == 1
    assert "no results of a run" in capsys.readouterr().err


@pytest.mark.parametrize(
    "lacking",
    ["release/manifest.json", "record_level/cohort/dyads.parquet", "record_level/cohort/csc_timeline.parquet"],
)
def test_an_unfinished_study(results: Path, lacking: str, capsys: pytest.CaptureFixture[str]) -> None:
    (results / lacking).unlink()
    assert _explain(results, "1", "--yes-print-records") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{lacking}: not found: the study is not finished" in told.err


def test_a_cohort_younger_than_the_release_is_told(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest, told = results / "release/manifest.json", "The cohort was built after the release"
    assert _explain(results, "1", "--yes-print-records") == 0
    assert told not in capsys.readouterr().out
    os.utime(manifest, (1, 1))
    assert _explain(results, "1", "--yes-print-records") == 0
    assert told in capsys.readouterr().out


def test_a_manifest_of_another_kind(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "release/manifest.json").write_text("{}", encoding="utf-8")
    assert _explain(results, "1", "--yes-print-records") == 4
    assert "cannot be read" in capsys.readouterr().err


def test_a_table_of_another_version(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = results / "record_level/cohort/follow_up.parquet"
    pl.read_parquet(path).drop("end_reason").write_parquet(path)
    assert _explain(results, "1", "--yes-print-records") == 4
    assert "lacks column(s) end_reason" in capsys.readouterr().err


def test_a_broken_table_is_told_by_its_kind_alone(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "record_level/staging/births.parquet").write_bytes(b"PAR1 secret PAR1")
    assert _explain(results, "1", "--yes-print-records") == 4
    told = capsys.readouterr()
    assert re.search(r"births.parquet: cannot be read \(\w+\) ->", told.err)
    assert "secret" not in told.err + told.out


def test_a_column_of_another_type_is_told_by_its_kind_alone(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(results, "cohort", "dyads", lsoa="E01000001")
    path = results / "record_level/cohort/dyads.parquet"
    pl.read_parquet(path).with_columns(dyad_id=pl.lit("secret")).write_parquet(path)
    assert _explain(results, "1", "--yes-print-records") == 4
    told = capsys.readouterr()
    assert re.search(r"dyads.parquet: cannot be read \(\w+\) ->", told.err)
    assert "secret" not in told.err + told.out
