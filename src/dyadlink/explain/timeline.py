"""The level of involvement on each day, as a table and as a bar over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dyadlink.explain.layout import Block, Table, Text
from dyadlink.explain.records import Case

_SEEN, _NOT_SEEN, _NAMES = "#", ":", 26


@dataclass(frozen=True)
class Stretch:
    """Days at one level; `end` is the first day after it."""

    level: str
    start: date
    end: date


@dataclass(frozen=True)
class Bar:
    """One row of marks for each level, the lowest last, with the timepoints above."""

    stretches: Sequence[Stretch]
    levels: Sequence[str]
    marks: Sequence[tuple[str, date]]
    last_day: date

    def lines(self, width: int) -> list[str]:
        """The marks, a tick for each, the levels; a column stands for the same number of days in each."""
        first, end = self.stretches[0].start, self.stretches[-1].end
        n_columns = width - _NAMES - 1
        days = max(1, -(-(end - first).days // n_columns))
        n_columns = -(-(end - first).days // days)
        places = [(name, (day - first).days // days) for name, day in self.marks]
        rows = [
            f"{level.replace('_', ' '):<{_NAMES}}{self._row(level, first, days, n_columns)}" for level in self.levels
        ]
        note = f"# seen  : after the last day seen ({self.last_day})  one column is {days} day(s)"
        return [*(f"{'':<{_NAMES}}{line}" for line in _marks(places)), *rows, note]

    def _row(self, level: str, first: date, days: int, n_columns: int) -> str:
        return "".join(
            self._cell(level, first + timedelta(days=column * days), days) for column in range(n_columns)
        ).rstrip()

    def _cell(self, level: str, start: date, days: int) -> str:
        end = start + timedelta(days=days)
        if not any(one.level == level and one.start < end and one.end > start for one in self.stretches):
            return " "
        return _SEEN if start <= self.last_day else _NOT_SEEN


def _marks(places: Sequence[tuple[str, int]]) -> list[str]:
    """The names of the timepoints above their ticks, in further lines where they would touch."""
    lines: list[str] = []
    for name, place in places:
        free = next((number for number, line in enumerate(lines) if not line or len(line) < place), len(lines))
        lines += [""] if free == len(lines) else []
        lines[free] = lines[free].ljust(place) + name
    ticks = ""
    for _, place in places:
        ticks = ticks if len(ticks) > place else ticks.ljust(place) + "|"
    return [*reversed(lines), ticks]


def tell_timeline(case: Case) -> list[Block]:
    """The bar, and the stretches under it with the timepoints that lie in each."""
    rows = case.rows("csc_timeline")
    if rows.is_empty():
        return [Text("A dyad that is not analysed has no timeline; the records of section 4 stand all the same.")]
    stretches = [Stretch(*row) for row in rows.select("level", "start_date", "end_date").iter_rows()]
    levels = rows.sort("level_rank", descending=True)["level"].unique(maintain_order=True).to_list()
    points = [("birth", "birth_date"), ("T1", "t1_date"), ("T2", "t2_date"), ("T3", "t3_date")]
    marks = [(name, case.dyad[column]) for name, column in points]
    table = [
        (
            one.start,
            one.end - timedelta(days=1),
            (one.end - one.start).days,
            one.level.replace("_", " "),
            " ".join(name for name, day in marks if one.start <= day < one.end),
        )
        for one in stretches
    ]
    return [
        Bar(stretches, levels, marks, case.follow_up["last_day"]),
        Text(""),
        Table(("from", "to", "days", "highest level open", "timepoints"), table, "Stretches (cohort/csc_timeline)"),
    ]
