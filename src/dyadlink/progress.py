"""What a run has done and how long it may still take: the sums behind the progress at the terminal."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

USUAL_SECONDS = {
    "simulate_sources": 6.0,
    "stage_sources": 9.0,
    "link_infants": 4.0,
    "build_cohort": 5.0,
    "describe_cohort": 5.0,
    "fit_models": 35.0,
    "predict_outcomes": 15.0,
    "release_tables": 25.0,
    "build_report": 10.0,
}
"""What each rule takes of the default preset on two cores: only their shares matter, a run's own pace does the rest."""

SECONDS_OF_FAITH = 20.0
"""Seconds at the usual pace that a run is taken to have behind it: one short step does not say how fast it goes."""

STARTED_IN = "DYADLINK_STARTED_IN"
"""Environment variable: the folder where a run was started, before Snakemake went to that of `--directory`."""

NO_WORK = frozenset({"all", "total"})
"""Rules that only name what is wanted, and the sum in Snakemake's table of jobs."""


@dataclass
class Steps:
    """The steps of a run, each told when it starts and ends (times in seconds of one clock)."""

    planned: dict[str, int]
    """How often each rule is to run."""
    usual: dict[str, float] = field(default_factory=dict)
    """Seconds that rules took in the last run here; what is not named takes `USUAL_SECONDS`."""
    started: dict[str, float] = field(default_factory=dict)
    """When each rule that is at work began."""
    took: dict[str, list[float]] = field(default_factory=dict)
    """Seconds of what has ended, by rule."""

    @property
    def n_planned(self) -> int:
        """Steps that do something."""
        return sum(n for rule, n in self.planned.items() if rule not in NO_WORK)

    @property
    def n_done(self) -> int:
        """Steps that have ended."""
        return sum(len(seconds) for seconds in self.took.values())

    def start(self, rule: str, now: float) -> None:
        """Note that a rule is at work."""
        self.started[rule] = now

    def finish(self, rule: str, now: float) -> float:
        """Note that a rule has ended; return its seconds."""
        seconds = now - self.started.pop(rule)
        self.took.setdefault(rule, []).append(seconds)
        return seconds

    def seconds_left(self, now: float) -> float | None:
        """Seconds of work that are left, at the pace of this run so far; none before the first step has ended.

        Steps that run side by side are added up, so that the true time is rather shorter.
        """
        expected = sum(self._usual(rule) * len(seconds) for rule, seconds in self.took.items())
        if not expected:
            return None
        pace = (sum(map(sum, self.took.values())) + SECONDS_OF_FAITH) / (expected + SECONDS_OF_FAITH)
        left = 0.0
        for rule, n in self.planned.items():
            if rule not in NO_WORK:
                waiting = n - len(self.took.get(rule, [])) - (rule in self.started)
                left += max(waiting, 0) * self._usual(rule) * pace
        return left + sum(max(self._usual(rule) * pace - (now - begun), 0) for rule, begun in self.started.items())

    def _usual(self, rule: str) -> float:
        return self.usual.get(rule, USUAL_SECONDS.get(rule, 5.0))


def in_words(seconds: float) -> str:
    """A time that is only roughly known: "10 s", "50 s", "3 min", "2 h"."""
    if seconds < 55:
        return f"{max(round(seconds / 5) * 5, 5)} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h"


def clock(seconds: float) -> str:
    """A time that was measured: "8 s", "1:07 min", "2:03:09 h"."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minute:02}:{second:02} h"
    return f"{minute}:{second:02} min" if minutes else f"{second} s"


def path_from(start: str | Path, path: str | Path) -> str:
    """A path of the folder at work as it is called from another one; whole where it does not lie below that."""
    whole = Path(path).absolute()
    return str(whole.relative_to(start) if whole.is_relative_to(start) else whole)


def read_usual(path: Path) -> dict[str, float]:
    """Seconds by rule of earlier runs; nothing where the file is missing or no such table."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(rule): float(seconds) for rule, seconds in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_usual(path: Path, steps: Steps) -> None:
    """Keep what each rule took, for the next run's guess."""
    now = {rule: round(sum(seconds) / len(seconds), 1) for rule, seconds in steps.took.items()}
    path.write_text(json.dumps({**steps.usual, **now}, indent=1, sort_keys=True), encoding="utf-8")
