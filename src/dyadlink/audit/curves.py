"""Steps of curves, numbers at risk, and the difference of two curves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import gcd

from dyadlink.audit.columns import Frame
from dyadlink.audit.counts import window
from dyadlink.audit.findings import Finding
from dyadlink.profiles import Profile

_COMPOSITE = re.compile(r"(any|all|either|composite|total|overall|combined)(_.*)?", re.I)
_CAUSE = re.compile(r"cause|event|event_type|endpoint|outcome")
_FINEST = 1e-3 * (1 - 1e-9)
"""Where no numbers are shown, shares in finer steps give back the events of each step."""


def curve_findings(frame: Frame, profile: Profile) -> Iterator[Finding]:
    """Findings for the curves of a table."""
    if frame.shape != "curve":
        return
    curves = _curves(frame)
    rounding = profile.for_survival()
    for rows in curves:
        for column in (*frame.having("survival", "estimate"), *frame.lines_over_time):
            yield from _steps(frame, rows, column, profile)
        for column in frame.having("count"):
            if "at_risk" in frame.names[column]:
                yield from _leaving(frame, rows, column, rounding, profile)
            elif "event" in frame.names[column]:
                yield from _events(frame, rows, column, rounding, profile)
    yield from _differences(frame, curves, profile)


def _curves(frame: Frame) -> list[list[int]]:
    """Rows of each curve in the order of time."""
    time = frame.first("time")
    found: dict[tuple[tuple[str, str], ...], list[tuple[float, int]]] = {}
    for row in range(len(frame.sheet.rows)):
        at = frame.number(row, time)
        if at is not None:
            labels = tuple(pair for pair in frame.keys(row) if pair[0] != frame.names[time or 0])
            found.setdefault(labels, []).append((at.number, row))
    return [[row for _, row in sorted(rows)] for rows in found.values()]


def _most_people(frame: Frame, rows: list[int], profile: Profile) -> int | None:
    """How many the curve starts with at most."""
    counts = sorted(frame.having("count"), key=lambda i: "at_risk" not in frame.names[i])
    for column in counts:
        shown = [int(v.number) for row in rows if (v := frame.values[column][row]).is_whole]
        if shown and "event" not in frame.names[column]:
            return window(max(shown), profile.for_survival())[1]
    return None


def _steps(frame: Frame, rows: list[int], column: int, profile: Profile) -> Iterator[Finding]:
    points = [(row, value) for row in rows if (value := frame.number(row, column)) is not None]
    people = _most_people(frame, rows, profile)
    grid = _grid(frame, rows, column)
    for (_, before), (row, after) in pairwise(points):
        unit = 100 if max(before.number, after.number) > 1 else 1
        if people is not None:
            # No step is of more events than its height times all who started; either end may be off by half a step.
            most = (abs(after.number - before.number) + grid) / unit * people
            if most < profile.minimum_step_events:
                yield Finding(frame.sheet.file, frame.place(row, column), "C01")
        elif grid / unit < _FINEST:
            yield Finding(frame.sheet.file, frame.place(row, column), "C01", "so many decimals tell the events")


def _grid(frame: Frame, rows: list[int], column: int) -> float:
    """What the figures of a curve, and the intervals beside them, are rounded to: mostly the last decimal.

    Coarser (5 of the last decimal, and so on) only where so many figures, of the curve or of all curves of the table,
    say so that they do not all happen to be multiples of it.
    """
    return max(_common_step(frame, of, column) for of in (rows, range(len(frame.sheet.rows))))


def _common_step(frame: Frame, rows: Sequence[int], column: int) -> float:
    values = [frame.values[i][row] for i in (column, *frame.having("interval")) for row in rows]
    shown = [value for value in values if value.kind == "number"]
    decimals = max((value.decimals for value in shown), default=0)
    # None and all are the ends of every scale, and multiples of few steps.
    told = [round(value.number * 10**decimals) for value in shown if value.number not in {0, 1, 100}]
    common = gcd(*told)
    return (common if common ** len(told) >= _NO_ACCIDENT else 1) * 10.0**-decimals


_NO_ACCIDENT = 10**4
"""Against so many to one do figures happen to be multiples of a step."""


def _events(frame: Frame, rows: list[int], column: int, rounding: Profile, profile: Profile) -> Iterator[Finding]:
    shown = [(row, int(v.number)) for row in rows if (v := frame.values[column][row]).is_whole]
    numbers = [n for _, n in shown]
    is_cumulative = numbers == sorted(numbers)
    slack = rounding.rounding_base - 1
    if not is_cumulative:
        # Events of each interval by themselves: the rule for counts looks at them.
        return
    for (_, before), (row, after) in pairwise(shown):
        is_rounded = all(rounding.round_count(n) == n for n in (before, after))
        if after - before + (slack if is_rounded else 0) < profile.minimum_step_events:
            yield Finding(frame.sheet.file, frame.place(row, column), "C01")


def _leaving(frame: Frame, rows: list[int], column: int, rounding: Profile, profile: Profile) -> Iterator[Finding]:
    shown = [(row, int(v.number)) for row in rows if (v := frame.values[column][row]).is_whole]
    slack = rounding.rounding_base - 1
    for (_, before), (row, after) in pairwise(shown):
        is_rounded = all(rounding.round_count(n) == n for n in (before, after))
        if abs(before - after) + (slack if is_rounded else 0) < profile.minimum_step_events:
            yield Finding(frame.sheet.file, frame.place(row, column), "C02")


def _differences(frame: Frame, curves: list[list[int]], profile: Profile) -> Iterator[Finding]:
    column, time = frame.first("survival", "estimate"), frame.first("time")
    cause = next((i for i in frame.labels if _CAUSE.fullmatch(frame.names[i])), None)
    if column is None or cause is None or time is None:
        return
    for whole in curves:
        if not _COMPOSITE.fullmatch(frame.sheet.rows[whole[0]][cause]):
            continue
        for part in curves:
            is_same = all(
                frame.sheet.rows[whole[0]][i] == frame.sheet.rows[part[0]][i]
                for i in frame.labels
                if i not in {cause, time}
            )
            if part is not whole and is_same:
                yield from _difference(frame, whole, part, (column, time), profile)


def _difference(
    frame: Frame, whole: list[int], part: list[int], columns: tuple[int, int], profile: Profile
) -> Iterator[Finding]:
    column, time = columns
    people = _most_people(frame, whole, profile)
    own = {frame.values[time][row].number: frame.number(row, column) for row in part}
    points = []
    for row in whole:
        value, other = frame.number(row, column), own.get(frame.values[time][row].number)
        if value is not None and other is not None:
            points.append((row, value.number - other.number, 10.0**-value.decimals))
    for (_, before, _), (row, after, unit) in pairwise(points):
        most = (abs(after - before) + 2 * unit) * (people or 0)
        if people is not None and 0 < most < profile.minimum_step_events:
            yield Finding(frame.sheet.file, frame.place(row, column), "C03")
