"""Progress at the terminal: the sums, and what is said on a terminal and elsewhere."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from snakemake_interface_logger_plugins.common import LogEvent

from dyadlink.progress import (
    SECONDS_OF_FAITH,
    USUAL_SECONDS,
    Steps,
    clock,
    in_words,
    path_from,
    read_usual,
    write_usual,
)
from dyadlink.step import INTERRUPTED, TOLD_AT_THE_END
from snakemake_logger_plugin_dyadlink import USUAL, LogHandler

PLANNED = {"link_infants": 1, "build_cohort": 1, "fit_models": 1, "all": 1, "total": 4}
RULES = Path(__file__).resolve().parents[3] / "workflow/rules"


def test_nothing_is_foretold_before_a_step_has_ended() -> None:
    steps = Steps(PLANNED)
    steps.start("link_infants", 100.0)
    assert (steps.n_planned, steps.n_done, steps.seconds_left(130.0)) == (3, 0, None)


def test_what_is_left_goes_at_the_pace_of_this_run_and_a_short_first_step_says_little() -> None:
    steps = Steps(PLANNED, {"link_infants": 10.0, "build_cohort": 20.0, "fit_models": 40.0})
    steps.start("link_infants", 0.0)
    assert steps.finish("link_infants", 40.0) == 40.0
    # Four times as long as usual: taken for twice as long, until more is known.
    pace = (40 + SECONDS_OF_FAITH) / (10 + SECONDS_OF_FAITH)
    assert pace == 2
    assert steps.seconds_left(40.0) == pytest.approx((20 + 40) * pace)
    steps.start("build_cohort", 40.0)
    assert steps.seconds_left(70.0) == pytest.approx((20 * pace - 30) + 40 * pace)
    # A step that takes longer than expected has nothing left, not less.
    assert steps.seconds_left(500.0) == pytest.approx(40 * pace)
    steps.finish("build_cohort", 1640.0)
    assert steps.seconds_left(1640.0) == pytest.approx(40 * 33.2)


def test_every_rule_has_a_usual_time() -> None:
    rules = {
        line.split()[1].rstrip(":")
        for path in RULES.glob("*.smk")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("rule ")
    }
    assert set(USUAL_SECONDS) == rules


@pytest.mark.parametrize(
    ("seconds", "roughly", "measured"),
    [
        (1, "5 s", "1 s"),
        (54, "55 s", "54 s"),
        (56, "1 min", "56 s"),
        (67, "1 min", "1:07 min"),
        (7389, "2 h", "2:03:09 h"),
    ],
)
def test_times_in_words(seconds: float, roughly: str, measured: str) -> None:
    assert (in_words(seconds), clock(seconds)) == (roughly, measured)


def test_a_path_is_told_as_it_is_found_from_where_the_run_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my-study").mkdir()
    monkeypatch.chdir(tmp_path / "my-study")
    assert path_from(tmp_path, "results/report") == "my-study/results/report"
    assert path_from(tmp_path / "my-study", "results/report") == "results/report"
    assert path_from(tmp_path / "elsewhere", "results/report") == str(tmp_path / "my-study/results/report")


def test_times_are_kept_for_the_next_run_and_a_broken_file_is_none(tmp_path: Path) -> None:
    steps = Steps(PLANNED, {"build_report": 4.0}, took={"link_infants": [3.0, 5.0]})
    write_usual(tmp_path / "seconds.json", steps)
    assert read_usual(tmp_path / "seconds.json") == {"build_report": 4.0, "link_infants": 4.0}
    for text in ("", "[1]", '{"a": "b"}', '{"a": null}'):
        (tmp_path / "broken.json").write_text(text, encoding="utf-8")
        assert read_usual(tmp_path / "broken.json") == {}
    assert read_usual(tmp_path / "nowhere.json") == {}


@pytest.fixture
def make_handler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[LogHandler, io.StringIO]]:
    monkeypatch.chdir(tmp_path)
    # The handler sets it: so it is taken away again at the end.
    monkeypatch.setenv(TOLD_AT_THE_END, "")
    (tmp_path / ".snakemake").mkdir()

    def make(*, terminal: bool, **common: Any) -> tuple[LogHandler, io.StringIO]:
        settings: Any = SimpleNamespace(
            **{
                "dryrun": False,
                "verbose": False,
                "debug_dag": False,
                "printshellcmds": False,
                "nocolor": True,
                "quiet": None,
                "stdout": False,
                "show_failed_logs": True,
            }
            | common
        )
        handler, out = LogHandler(settings, None), io.StringIO()
        handler.console = Console(file=out, force_terminal=terminal, width=80, color_system=None)
        return handler, out

    return make


def _say(handler: LogHandler, event: LogEvent | None, level: int = logging.INFO, msg: str = "", **extra: Any) -> None:
    record = logging.LogRecord("snakemake", level, "x.py", 1, msg, (), None)
    record.__dict__.update({"event": event, **extra})
    handler.emit(record)


def _run(handler: LogHandler, log: Path, *, fails: bool = False) -> None:
    _say(handler, None, msg="Building DAG of jobs...")
    _say(handler, LogEvent.RUN_INFO, stats=PLANNED)
    told = {"jobid": 1, "rule_msg": "Linking infants", "rule_name": "link_infants", "log": [str(log)]}
    _say(handler, LogEvent.JOB_INFO, **told)
    _say(handler, LogEvent.PROGRESS, done=0, total=4)
    if fails:
        _say(
            handler,
            LogEvent.ERROR,
            logging.ERROR,
            "RuleException:\nCalledProcessError in file x",
            exception="RuleException",
        )
        _say(handler, LogEvent.JOB_ERROR, logging.ERROR, **{**told, "rule_msg": None})
        _say(handler, None, logging.ERROR, "At least one job did not complete successfully.")
    else:
        _say(handler, LogEvent.JOB_FINISHED, job_id=1)
    handler.close()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_step_that_ends_is_one_line(make_handler: Any, tmp_path: Path, terminal: bool) -> None:
    handler, out = make_handler(terminal=terminal)
    _run(handler, tmp_path / "step.log")
    assert "Building DAG" not in out.getvalue()
    if terminal:
        assert "✓ Linking infants" in out.getvalue()
        assert "0 of 3 steps" in out.getvalue()
    else:
        assert out.getvalue() == "  1/3  Linking infants (0 s)\n"
    assert json.loads(USUAL.read_text(encoding="utf-8")) == {"link_infants": 0.0}


@pytest.mark.parametrize(("written", "end"), [("dyadlink: wrong", "failed"), (f"dyadlink: {INTERRUPTED}", "stopped")])
def test_a_step_that_fails_is_one_line_and_snakemake_adds_nothing(
    make_handler: Any, tmp_path: Path, written: str, end: str
) -> None:
    (tmp_path / "step.log").write_text(written, encoding="utf-8")
    handler, out = make_handler(terminal=False)
    _run(handler, tmp_path / "step.log", fails=True)
    assert out.getvalue() == f"{end}  Linking infants\n"


def test_other_warnings_and_a_finished_study_are_told(make_handler: Any, tmp_path: Path) -> None:
    handler, out = make_handler(terminal=False)
    _say(handler, None, logging.WARNING, "the disk is full")
    (tmp_path / "results/report").mkdir(parents=True)
    (tmp_path / "results/report/index.html").touch()
    _say(handler, None, msg="Nothing to be done (all requested files are present and up to date).")
    assert out.getvalue().splitlines() == [
        "the disk is full",
        "Nothing to be done (all requested files are present and up to date).",
        "Report: results/report/index.html",
    ]


@pytest.mark.parametrize("asked", ["dryrun", "verbose", "debug_dag", "printshellcmds"])
def test_who_asks_for_more_hears_snakemake(make_handler: Any, capsys: pytest.CaptureFixture[str], asked: str) -> None:
    handler, out = make_handler(terminal=True, **{asked: True})
    _say(handler, None, msg="Building DAG of jobs...")
    handler.close()
    assert out.getvalue() == ""
    assert "Building DAG of jobs..." in capsys.readouterr().err
