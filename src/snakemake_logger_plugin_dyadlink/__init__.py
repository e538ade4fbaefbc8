"""Snakemake's messages as a person reads them: what is being done, how long is left, and where to look at the end.

Snakemake finds this package by its name; `profiles/default` asks for it. On a terminal the steps at work stand
under those that are done; elsewhere each step that ends is one line. A dry run, and a run that is asked for more
(`--verbose`, `--printshellcmds`, `--debug-dag`), speak as Snakemake does.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text
from snakemake.logging import ColorizingTextHandler, DefaultFormatter
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from dyadlink.progress import NO_WORK, STARTED_IN, Steps, clock, in_words, path_from, read_usual, write_usual
from dyadlink.step import INTERRUPTED, TOLD_AT_THE_END

USUAL = Path(".snakemake/dyadlink_seconds.json")
"""What each step took in the last run of this folder."""

TOLD_ELSEWHERE = (
    "At least one job did not complete successfully",
    "Exiting because a job execution failed",
    "CalledProcessError in file",
)
"""Errors of Snakemake that only repeat what a failing step has told."""


class LogHandler(LogHandlerBase):
    """Shows a run at the terminal, in lines elsewhere."""

    def __post_init__(self) -> None:
        """Choose the way to speak: before the first message nothing is shown."""
        common = self.common_settings
        self.console = Console(stderr=not common.stdout, highlight=False, no_color=common.nocolor or None)
        self.snakemake: logging.Handler | None = None
        if common.dryrun or common.verbose or common.debug_dag or common.printshellcmds:
            self.snakemake = ColorizingTextHandler(
                nocolor=common.nocolor, stream=sys.stdout if common.stdout else sys.stderr
            )
            self.snakemake.setFormatter(DefaultFormatter(common.quiet, common.show_failed_logs))
        else:
            os.environ[TOLD_AT_THE_END] = "yes"
        self.steps = Steps({})
        self.jobs: dict[int, tuple[str, str, list[str]]] = {}
        self.begun = time.monotonic()
        self.start_folder = Path.cwd()
        os.environ[STARTED_IN] = str(self.start_folder)
        self.live: Live | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Show one message of Snakemake."""
        if self.snakemake is not None:
            self.snakemake.emit(record)
            return
        shown = {
            LogEvent.RUN_INFO: self._plan,
            LogEvent.JOB_INFO: self._start,
            LogEvent.JOB_FINISHED: self._finish,
            LogEvent.JOB_ERROR: self._fail,
        }.get(getattr(record, "event", None))  # type: ignore[arg-type]
        if shown is not None:
            shown(record)
        elif record.levelno >= logging.WARNING or "Nothing to be done" in str(record.msg):
            message = record.getMessage()
            if not any(words in message for words in TOLD_ELSEWHERE):
                self.console.print(message, markup=False, soft_wrap=True)
                self._where_the_report_is(message)

    def _where_the_report_is(self, message: str) -> None:
        if "Nothing to be done" in message and Path("results/report/index.html").is_file():
            report = path_from(self.start_folder, "results/report/index.html")
            self.console.print(f"Report: {report}", markup=False, soft_wrap=True)

    def _plan(self, record: logging.LogRecord) -> None:
        planned = {rule: int(n) for rule, n in record.__dict__["stats"].items()}
        self.steps = Steps(planned, read_usual(USUAL))
        self.begun = time.monotonic()
        if self.console.is_terminal:
            self.live = Live(
                get_renderable=self._view,
                console=self.console,
                transient=True,
                refresh_per_second=4,
                # What goes into a file must not be caught.
                redirect_stdout=sys.stdout.isatty(),
            )
            self.live.start()

    def _start(self, record: logging.LogRecord) -> None:
        told = record.__dict__
        words = told["rule_msg"] or told["rule_name"].replace("_", " ")
        self.jobs[told["jobid"]] = (told["rule_name"], words, told["log"])
        if told["rule_name"] not in NO_WORK:
            self.steps.start(told["rule_name"], time.monotonic())

    def _finish(self, record: logging.LogRecord) -> None:
        rule, words, logs = self.jobs.pop(record.__dict__["job_id"])
        if rule in NO_WORK:
            return
        seconds = self.steps.finish(rule, time.monotonic())
        notes = [log for log in logs if Path(log).is_file() and Path(log).stat().st_size]
        if self.console.is_terminal:
            self.console.print(_line("[green]✓[/]", words, clock(seconds)))
            for log in notes:
                self.console.print(
                    Padding(Text(f"notes: {path_from(self.start_folder, log)}", style="dim"), (0, 0, 0, 4))
                )
        else:
            done = f"{self.steps.n_done}/{self.steps.n_planned}"
            self.console.print(f"{done:>5}  {words} ({clock(seconds)})", markup=False, soft_wrap=True)

    def _fail(self, record: logging.LogRecord) -> None:
        told = record.__dict__
        _, words, _ = self.jobs.pop(told["jobid"], (told["rule_name"], told["rule_name"], []))
        self.steps.started.pop(told["rule_name"], None)
        logs = [Path(log) for log in told["log"] if Path(log).is_file()]
        end = "stopped" if any(INTERRUPTED in log.read_text(encoding="utf-8") for log in logs) else "failed"
        if self.console.is_terminal:
            self.console.print(_line("[red]✗[/]", words, end))
        else:
            self.console.print(f"{end}  {words}", markup=False, soft_wrap=True)

    def _view(self) -> RenderableType:
        now = time.monotonic()
        at_work = [
            _line(Spinner("dots"), self._words(rule), clock(now - begun)) for rule, begun in self.steps.started.items()
        ]
        done, planned = self.steps.n_done, self.steps.n_planned
        left = self.steps.seconds_left(now)
        told = f"{done} of {planned} steps, {clock(now - self.begun)}"
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            ProgressBar(total=max(planned, 1), completed=done, width=min(30, self.console.width // 3)),
            told if left is None else f"{told}, about {in_words(left)} left",
        )
        return Group(*at_work, Padding(bar, (0, 0, 0, 2)))

    def _words(self, rule: str) -> str:
        return next((words for name, words, _ in self.jobs.values() if name == rule), rule)

    def close(self) -> None:
        """Leave the terminal as it was, and keep the times for the next run's guess."""
        if self.live is not None:
            self.live.stop()
            self.live = None
        if self.steps.took and USUAL.parent.is_dir():
            write_usual(USUAL, self.steps)
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        """It stands in for Snakemake's own."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Snakemake keeps its log file beside it."""
        return False

    @property
    def has_filter(self) -> bool:
        """`--quiet` holds."""
        return False

    @property
    def has_formatter(self) -> bool:
        """Messages are formatted here."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """No."""
        return False


def _line(mark: RenderableType, words: str, time_or_end: str) -> Table:
    line = Table.grid(expand=True, padding=(0, 1))
    line.add_column(width=3, justify="right")
    line.add_column(ratio=1, overflow="ellipsis", no_wrap=True)
    line.add_column(justify="right")
    line.add_row(mark, Text(words), time_or_end)
    return line
