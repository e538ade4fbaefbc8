"""Counts that come back from means, sums, rates and standard errors."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from dyadlink.audit.columns import Frame
from dyadlink.audit.counts import FAR, Keys, rounding_of, window
from dyadlink.audit.findings import Finding, values_left
from dyadlink.audit.values import Value, is_total
from dyadlink.profiles import Profile

Range = tuple[float, float]
_PER = (1, 10, 100, 1_000, 10_000, 100_000)
_CLOSE = 0.1
"""A total known to within this share is known: the p-ratio that output checkers use (ACRO 1.0.2)."""


def derived_findings(frame: Frame, profile: Profile) -> Iterator[Finding]:
    """Findings for numbers from which a count of their row, or the mean of another row, can be worked out."""
    rounding = rounding_of(frame, profile)
    for row in range(len(frame.sheet.rows)):
        yield from _from_mean(frame, row, rounding)
        yield from _from_rate(frame, row, rounding)
        yield from _from_error(frame, row, rounding)
    yield from _hidden_means(frame, rounding)


def _reach(value: Value) -> Range:
    """What a rounded number stands for."""
    half = 0.5 * 10.0**-value.decimals
    return (value.number - half, value.number + half)


def _own(frame: Frame, row: int, column: int | None, rounding: Profile) -> tuple[int, int] | None:
    """What the cell of a count allows; none where there is no such column or it says nothing wrong."""
    if column is None:
        return None
    value = frame.values[column][row]
    if value.is_whole:
        return window(int(value.number), rounding)
    return (0, rounding.threshold - 1) if value.kind == "small" or frame.status(row) == "small" else (0, FAR)


def _narrower(told: Range, own: tuple[int, int], rounding: Profile) -> int | None:
    """How many values are left, if these are fewer than the cell itself and the profile leave."""
    low, high = max(own[0], math.ceil(told[0] - 1e-9)), min(own[1], math.floor(told[1] + 1e-9))
    width = high - low + 1
    return width if 1 <= width < min(own[1] - own[0] + 1, rounding.threshold) else None


def _tell(frame: Frame, row: int, column: int, rule: str, width: int) -> Finding:
    place = frame.place(row, column)
    return Finding(frame.sheet.file, place, rule, values_left(width))


def _from_mean(frame: Frame, row: int, rounding: Profile) -> Iterator[Finding]:
    column = frame.first("mean")
    mean = frame.number(row, column)
    own = _own(frame, row, frame.first("count"), rounding)
    if mean is None or column is None or own is None or mean.number == 0:
        return
    total = frame.number(row, frame.first("sum"))
    low, high = _reach(mean)
    if total is not None and low > 0:
        least, most = _reach(total)
        width = _narrower((least / high, most / low), own, rounding)
        if width:
            yield _tell(frame, row, column, "B03", width)
    if mean.decimals >= 2 and 1 < own[1] - own[0] + 1 <= 10 * rounding.threshold:
        # Values are whole (days, children, scores): the mean is a fraction, and few numbers of people give it.
        half = 0.5 * 10.0**-mean.decimals
        fitting = [
            n for n in range(max(own[0], 1), own[1] + 1) if abs(mean.number * n - round(mean.number * n)) <= n * half
        ]
        if 1 <= len(fitting) <= (own[1] - own[0] + 1) / 2 and len(fitting) < rounding.threshold:
            yield _tell(frame, row, column, "B03", len(fitting))


def _from_rate(frame: Frame, row: int, rounding: Profile) -> Iterator[Finding]:
    rate_column, time_column = frame.first("rate"), frame.first("person_time")
    rate, time = frame.number(row, rate_column), frame.number(row, time_column)
    counts = frame.having("count")
    events = next((i for i in counts if "event" in frame.names[i]), counts[-1] if counts else None)
    own = _own(frame, row, events, rounding)
    if rate is None or time is None or rate_column is None or own is None or time.number <= 0:
        return
    shown = frame.number(row, events)
    for per in _scales(frame, rate_column):
        low, high = _reach(rate)[0] * _reach(time)[0] / per, _reach(rate)[1] * _reach(time)[1] / per
        if shown is not None and low <= shown.number <= high:
            # Worked out from the number shown.
            return
        width = _narrower((max(low, 0), high), own, rounding)
        if width:
            yield _tell(frame, row, rate_column, "B04", width)
            return


def _scales(frame: Frame, column: int) -> tuple[int, ...]:
    named = re.search(r"per_(\d+)", frame.names[column])
    if named:
        return (int(named[1]),)
    # From rows that show their events it can be seen per how many years the rate is.
    counts = frame.having("count")
    times = frame.first("person_time")
    for row in range(len(frame.sheet.rows)):
        rate, time = frame.number(row, column), frame.number(row, times)
        for i in counts:
            n = frame.number(row, i)
            if n and rate and time and n.number and time.number:
                per = 10 ** round(math.log10(max(rate.number, 1e-12) * time.number / n.number))
                if abs(rate.number * time.number / per / n.number - 1) < 0.5 and per in _PER:
                    return (per,)
    return (100, 1_000)


def _from_error(frame: Frame, row: int, rounding: Profile) -> Iterator[Finding]:
    column = frame.first("std_error")
    error = frame.number(row, column)
    own = _own(frame, row, frame.first("count"), rounding)
    if error is None or column is None or own is None or frame.shape != "counts":
        return
    low, high = _reach(error)
    if low <= 0:
        return
    spread, share = frame.number(row, frame.first("sd")), frame.number(row, frame.first("percent"))
    if spread is not None:
        width = _narrower(((_reach(spread)[0] / high) ** 2, (_reach(spread)[1] / low) ** 2), own, rounding)
    elif share is not None and share.number > 0:
        whole = 1.0 if share.number <= 1 and high < 1 else 100.0
        ends = [p * (whole - p) for p in _reach(share)]
        width = _narrower((min(ends) / high**2, max(ends) / low**2), own, rounding)
    else:
        return
    if width:
        yield _tell(frame, row, column, "B11", width)


def _hidden_means(frame: Frame, rounding: Profile) -> Iterator[Finding]:
    """A mean that is hidden, and those of all and of all other groups are shown."""
    column, size = frame.first("mean"), frame.first("count")
    if column is None or size is None:
        return
    blocks: dict[tuple[str, Keys], list[int]] = {}
    for row in range(len(frame.sheet.rows)):
        for name, _ in frame.keys(row):
            rest = tuple(pair for pair in frame.keys(row) if pair[0] != name)
            blocks.setdefault((name, rest), []).append(row)
    for (name, _), rows in blocks.items():
        totals = [row for row in rows if is_total(dict(frame.keys(row))[name])]
        parts = [row for row in rows if row not in totals]
        hidden = [row for row in parts if frame.number(row, column) is None]
        if len(totals) == 1 and len(hidden) == 1 and len(parts) > 1:
            told = _rest_of_means(
                frame, totals[0], [row for row in parts if row not in hidden], (column, size), rounding
            )
            if told and told[0] > 0 and (told[1] - told[0]) / (told[0] + told[1]) < _CLOSE:
                place = frame.place(hidden[0], column)
                yield Finding(frame.sheet.file, place, "B12")


def _rest_of_means(
    frame: Frame, total: int, others: list[int], columns: tuple[int, int], rounding: Profile
) -> Range | None:
    sums = []
    for row in (total, *others):
        mean, n = frame.number(row, columns[0]), frame.number(row, columns[1])
        if mean is None or n is None or not n.is_whole:
            return None
        low, high = window(int(n.number), rounding)
        sums.append((_reach(mean)[0] * low, _reach(mean)[1] * high))
    return (sums[0][0] - sum(s[1] for s in sums[1:]), sums[0][1] - sum(s[0] for s in sums[1:]))
