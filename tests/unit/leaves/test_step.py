"""A step that fails says one line, in the terminal and in its log, and nothing of a record."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dyadlink.errors import ConfigError, SourceError
from dyadlink.step import TOLD_AT_THE_END, step

PERSON = "ROBERTA TABLES 9434765919"


def _run(log: Path, error: BaseException) -> int:
    with pytest.raises(SystemExit) as caught, step(log):
        raise error
    assert caught.value.__suppress_context__
    code = caught.value.code
    assert isinstance(code, int)
    return code


def test_a_step_that_ends_well_leaves_an_empty_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "logs/step.log"
    log.parent.mkdir()
    log.write_text("of the run before", encoding="utf-8")
    with step(log):
        pass
    assert log.read_text(encoding="utf-8") == ""
    assert capsys.readouterr() == ("", "")


def test_a_known_error_is_one_line_with_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "logs/step.log"
    assert _run(log, SourceError("file is\nempty", where="a.csv", mend="export it again")) == 3
    line = "dyadlink: a.csv: file is empty -> export it again\n"
    assert log.read_text(encoding="utf-8") == line
    assert capsys.readouterr() == ("", line)


def test_each_kind_of_error_keeps_its_exit_code(tmp_path: Path) -> None:
    assert _run(tmp_path / "a.log", ConfigError("x")) == 2


@pytest.mark.parametrize("error", [ValueError(PERSON), KeyError(PERSON), RuntimeError(f"row\n{PERSON}")])
def test_the_message_of_an_unexpected_error_is_not_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    log = tmp_path / "step.log"
    assert _run(log, error) == 1
    out, told = capsys.readouterr()
    written = log.read_text(encoding="utf-8")
    assert out == ""
    assert told.splitlines() == [
        f"dyadlink: unexpected {type(error).__name__} -> see the places in {log} and report them"
    ]
    assert written.endswith(told)
    assert "test_step.py" in written
    assert PERSON not in told + written


@pytest.mark.parametrize("error", [KeyboardInterrupt(), duckdb.InterruptException(PERSON)])
def test_an_interruption_is_told_as_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    log = tmp_path / "step.log"
    assert _run(log, error) == 130
    told = capsys.readouterr().err
    assert told.startswith("dyadlink: interrupted -> ")
    assert log.read_text(encoding="utf-8") == told


def test_where_progress_is_shown_the_step_speaks_to_its_log_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOLD_AT_THE_END, "yes")
    assert _run(tmp_path / "step.log", SourceError("file is empty")) == 3
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "step.log").read_text(encoding="utf-8") == "dyadlink: file is empty\n"
