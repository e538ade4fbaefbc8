"""Tables of counts in one shape, however they stand in their file: a cell, its labels, and what is told of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from dyadlink.audit.columns import NAMING, Frame, count_name, percent_name
from dyadlink.audit.values import Value, is_total
from dyadlink.profiles import Profile

FAR = 10**7
"""Stands for no upper end; more than any count of a study here."""

_BARE = {"n", "count", "counts", "freq", "frequency", "number", "num", "nobs", "obs"}
"""A column of this name holds all counts of a long table."""

_UNIT = re.compile(
    r"(^|_)(days?|weeks?|months?|years?|hours?|minutes?|age|score|index|dose|grams?|kg|cm|mm|pounds|gbp|cost|price|"
    r"rank|order|step|line|level|lag|grade|size|bytes?|length|width|height|weight|horizon|cut_?off|threshold)(_|$)"
)
"""In a name: its numbers measure something and count nobody."""
_STATISTICS = ("estimate", "ratio", "mean", "median", "rate", "interval", "survival", "sd", "std_error", "person_time")

ACROSS = "across"
"""Names the label that the header of a wide table's column is."""

Keys = tuple[tuple[str, str], ...]
"""Name and value of every label of a cell."""


@dataclass(frozen=True)
class Cell:
    """A count, shown or hidden.

    Args:
        file: Path of its file.
        place: Where it stands.
        keys: Its labels; of a wide table the header of its column is one more, named `across`.
        shown: The number shown; none where it is hidden.
        state: `shown`; `small`, `large` or `hidden` (for a reason that is not told).
        bounds: Told bounds of a hidden count.
        percent: The percentage beside it, and its decimals.
    """

    file: str
    place: str
    keys: Keys
    shown: int | None
    state: str
    bounds: tuple[int, int] | None = None
    percent: tuple[float, int] | None = None

    @property
    def labels(self) -> dict[str, str]:
        """The labels by name."""
        return dict(self.keys)


@dataclass(frozen=True)
class CountTable:
    """Counts of one measure that stand together.

    Args:
        file: Path of its file.
        name: Of the table and the measure, for people.
        columns: Names of the labels.
        cells: The counts by their labels.
        rounding: The profile whose rounding holds for them.
        population: Who is counted, in words; empty where the folder does not say.
    """

    file: str
    name: str
    columns: tuple[str, ...]
    cells: dict[Keys, Cell]
    rounding: Profile
    population: str = ""

    @cached_property
    def numbers(self) -> frozenset[int]:
        """Every count shown."""
        return frozenset(cell.shown for cell in self.cells.values() if cell.shown is not None)

    @cached_property
    def naming(self) -> tuple[str, ...]:
        """Labels that say what is counted; their values never add up."""
        values = {name: {dict(keys)[name] for keys in self.cells} for name in self.columns}
        down = [name for name in self.columns if name != ACROSS]
        # The last label is what is counted, whatever its name.
        named = [name for name in down[:-1] if NAMING.fullmatch(name)]
        # A name of things and not a dimension: each of its values has levels of its own.
        for i, name in enumerate(self.columns[:-1]):
            below = self.columns[i + 1]
            if name not in named and len(values[name]) > 1 and self._is_nested(name, below):
                named.append(name)
        return tuple(named)

    def _is_nested(self, name: str, below: str) -> bool:
        levels: dict[str, set[str]] = {}
        for keys in self.cells:
            labels = dict(keys)
            if not is_total(labels[name]) and not is_total(labels[below]):
                levels.setdefault(labels[name], set()).add(labels[below])
        every = [level for of_one in levels.values() for level in of_one]
        return len(levels) > 1 and len(set(every)) == len(every) and max(map(len, levels.values())) > 1


def window(shown: int, rounding: Profile) -> tuple[int, int]:
    """The least and the greatest count that is shown as this; a number that rounding cannot give is exact."""
    if rounding.round_count(shown) != shown or shown == 0:
        return (shown, shown)
    return rounding.counts_behind(shown)


def range_of(cell: Cell, rounding: Profile, *, knows_large: bool = True) -> tuple[int, int]:
    """The least and the greatest count that a cell's own row allows.

    ASSUME: a hidden count can be zero, also where the profile lets zeros out: whoever made the folder may hide them.
    """
    if cell.shown is not None:
        return window(cell.shown, rounding)
    if cell.bounds is not None:
        return (max(cell.bounds[0], 0), cell.bounds[1])
    if cell.state == "small":
        return (0, rounding.threshold - 1)
    if cell.state == "large" and knows_large:
        return (rounding.threshold, FAR)
    return (0, FAR)


def count_tables(frame: Frame, profile: Profile) -> list[CountTable]:
    """The tables of counts in a sheet: one for each measure of a long table, one of a wide table; none of models."""
    if frame.shape == "model" or not frame.sheet.rows:
        return []
    rounding = rounding_of(frame, profile)
    wide = _wide_columns(frame)
    if len(wide) > 1:
        return [_wide_table(frame, wide, rounding)]
    return [
        table
        for place, column in enumerate(frame.having("count") or _lone_column(frame))
        if (table := _long_table(frame, column, rounding, is_first=place == 0)).cells
    ]


def rounding_of(frame: Frame, profile: Profile) -> Profile:
    """The rules for the counts of a sheet: those beside curves, and beside the person-time of curves, may be others."""
    survival = profile.for_survival()
    if frame.shape == "curve":
        return survival
    shown = [int(v.number) for i in frame.having("count") for v in frame.values[i] if v.is_whole]
    is_of_curve = bool(frame.having("person_time")) and all(survival.round_count(n) == n for n in shown)
    return survival if is_of_curve else profile


def _wide_columns(frame: Frame) -> list[int]:
    if not frame.labels or frame.shape == "curve":
        return []
    whole = [i for i in frame.having("integer") if _has_counts(frame, i)]
    counts = frame.having("count")
    is_summed = any(is_total(count_name(frame.names[i])) for i in (*whole, *counts))
    # n and n_events of a long table are two measures; Linked, Not linked and Total are one.
    if any(frame.names[i] in _BARE for i in counts):
        return []
    is_wide = (whole and frame.has_totals) or (is_summed and len(counts) > 1) or len(whole) > 1
    # A level of which every count is hidden is a part of the totals like the others.
    hidden = [i for i in range(len(frame.names)) if i not in frame.labels[:1] and frame.may_be_count(i)]
    return sorted({*whole, *counts, *hidden}) if is_wide else []


def _lone_column(frame: Frame) -> list[int]:
    """The one column of whole numbers beside labels, if its name says of nothing else: whatever the language."""
    whole = [i for i in frame.having("integer") if _has_counts(frame, i) and not _UNIT.search(frame.names[i])]
    if len(whole) != 1 or not frame.labels or frame.shape != "counts" or frame.having(*_STATISTICS):
        return []
    values = frame.values[whole[0]]
    if any(value.kind == "word" or value.decimals for value in values):
        return []
    numbers = [value.number for value in values if value.kind == "number"]
    is_running = len(numbers) > 1 and {b - a for a, b in pairwise(numbers)} == {1}
    return [] if is_running or len(frame.sheet.rows) < 2 else whole


def _has_counts(frame: Frame, column: int) -> bool:
    return any(value.is_whole for value in frame.values[column])


def _wide_table(frame: Frame, columns: Sequence[int], rounding: Profile) -> CountTable:
    names = {i: count_name(frame.names[i]) or "total" for i in columns}
    percents = {percent_name(frame.names[i]) or "total": i for i in frame.having("percent")}
    cells: dict[Keys, Cell] = {}
    for row in range(len(frame.sheet.rows)):
        if all(frame.values[i][row].kind == "empty" for i in columns):
            # The name of a variable on a line of its own.
            continue
        for i in columns:
            keys = (*frame.keys(row), (ACROSS, names[i]))
            cell = read_cell(frame, row, i, keys, percents.get(names[i]))
            if cell is not None:
                cells[_once(keys, cells, frame, row)] = cell
    columns_of = (*(frame.names[i] for i in frame.labels), ACROSS)
    return CountTable(frame.sheet.file, frame.sheet.name, columns_of, cells, rounding)


def _long_table(frame: Frame, column: int, rounding: Profile, *, is_first: bool) -> CountTable:
    percents = frame.having("percent") if is_first else []
    times = [] if frame.shape != "curve" else [i for i in frame.having("time") if i not in frame.labels]
    cells: dict[Keys, Cell] = {}
    for row in range(len(frame.sheet.rows)):
        keys = (*frame.keys(row), *((frame.names[i], frame.sheet.rows[row][i]) for i in times))
        cell = read_cell(frame, row, column, keys, percents[0] if percents else None)
        if cell is not None and cell.state == "small" and cell.bounds is None and frame.having("median"):
            # Beside a median this says too few for a median, which may be more than the threshold.
            cell = replace(cell, bounds=(-1, rounding.minimum_median_n - 1))
        if cell is not None:
            cells[_once(keys, cells, frame, row)] = cell
    names = (*(frame.names[i] for i in (*frame.labels, *times)),)
    return CountTable(frame.sheet.file, f"{frame.sheet.name} {frame.sheet.header[column]}", names, cells, rounding)


def _once(keys: Keys, cells: Mapping[Keys, Cell], frame: Frame, row: int) -> Keys:
    """The labels of a cell; of a second one with the same labels with its line, so that none is lost."""
    return (*keys, ("line", str(frame.sheet.lines[row]))) if keys in cells else keys


def read_cell(frame: Frame, row: int, column: int, keys: Keys, percent: int | None) -> Cell | None:
    """The count that stands in a cell, with the percentage in that column; none where it is no count."""
    value = frame.values[column][row]
    status = frame.status(row)
    told = frame.number(row, percent)
    beside = in_percent(frame, told, percent) if told and percent is not None else None
    if value.percent is not None:
        beside = (value.percent, value.percent_decimals)
    place = frame.place(row, column)
    if value.kind == "number":
        if not value.is_whole:
            return None
        return Cell(frame.sheet.file, place, keys, int(value.number), "shown", percent=beside)
    if value.kind == "small":
        return Cell(frame.sheet.file, place, keys, None, "small", bounds=value.bounds, percent=beside)
    if value.kind in {"hidden", "empty"}:
        return Cell(frame.sheet.file, place, keys, None, status or "hidden", percent=beside)
    return None


def in_percent(frame: Frame, told: Value, column: int) -> tuple[float, int]:
    """A percentage and its decimals; shares of one are told in percent too."""
    named = any(word in frame.names[column] for word in ("percent", "pct", "perc", "%"))
    is_share = not named and frame.greatest[column] <= 1
    return (told.number * 100, told.decimals - 2) if is_share else (told.number, told.decimals)
