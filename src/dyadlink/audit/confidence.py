"""Counts that come back from a rate or an odds ratio and its 95% interval."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from scipy.stats import chi2

from dyadlink.audit.columns import Frame, count_name
from dyadlink.audit.counts import FAR, Cell, range_of, read_cell, window
from dyadlink.audit.findings import Finding, values_left
from dyadlink.audit.models import is_reference
from dyadlink.audit.values import is_total
from dyadlink.profiles import Profile

_Z = 1.959964
_MOST = 400
"""Hidden counts are tried up to this; an interval of more people is too short to tell one."""
_LOW = re.compile(r"(^|_)(low|lower|lcl|l95|ll|lci|least|2_5)(_|$)")
_HIGH = re.compile(r"(^|_)(high|upper|ucl|u95|ul|uci|greatest|97_5)(_|$)")
_WITHIN = re.compile(r"(?<![\w.])(\d+\.\d+)\s*(?:-|\N{EN DASH}|to|,|;)\s*(\d+\.\d+)(?![\w.])")
_SIDES, _HIDDEN = 2, (1, 2)


def confidence_findings(frame: Frame, profile: Profile) -> Iterator[Finding]:
    """Findings for intervals of rates and of odds ratios beside hidden counts."""
    if frame.shape != "counts":
        return
    rounding = profile
    for row in range(len(frame.sheet.rows)):
        yield from _from_rate(frame, row, rounding)
    yield from _from_odds(frame, rounding)


def _interval(frame: Frame, row: int) -> tuple[float, float, float] | None:
    """The ends of a row's interval, above zero, and half a unit of their last digit."""
    columns = frame.having("interval")
    low = next((v for i in columns if _LOW.search(frame.names[i]) and (v := frame.number(row, i))), None)
    high = next((v for i in columns if _HIGH.search(frame.names[i]) and (v := frame.number(row, i))), None)
    if low and high:
        ends, decimals = (low.number, high.number), min(low.decimals, high.decimals)
    else:
        found = next((told for cell in frame.sheet.rows[row] if (told := _WITHIN.search(cell))), None)
        if found is None:
            return None
        ends, decimals = (float(found[1]), float(found[2])), len(found[1].partition(".")[2])
    half = 0.5 * 10.0**-decimals
    return (*ends, half) if half < ends[0] < ends[1] else None


def _from_rate(frame: Frame, row: int, rounding: Profile) -> Iterator[Finding]:
    counts, column = frame.having("count"), frame.first("rate")
    events = next((i for i in counts if "event" in frame.names[i]), counts[-1] if counts else None)
    told = _interval(frame, row)
    if events is None or column is None or told is None or frame.number(row, column) is None:
        return
    value, (low, high, half) = frame.values[events][row], told
    least, most = (high - half) / (low + half), (high + half) / (low - half)
    own = window(int(value.number), rounding) if value.is_whole else (0, FAR)
    tried = range(max(own[0], 1), own[1] + 1 if value.is_whole else _MOST)
    left = [n for n in tried if any(least <= ratio <= most for ratio in _ratios(n))]
    if value.is_whole and int(value.number) in left:
        # Worked out from the number shown.
        return
    if left and max(left) - min(left) + 1 < min(rounding.threshold, own[1] - own[0] + 1):
        width = max(left) - min(left) + 1
        yield Finding(frame.sheet.file, frame.place(row, column), "B04", f"{values_left(width)}, by its interval")


@lru_cache(maxsize=_MOST)
def _ratios(n: int) -> tuple[float, float]:
    """Upper over lower end of the interval of a rate of n events: of its logarithm, and exact (Garwood 1936)."""
    exact = chi2.ppf(0.975, 2 * n + 2) / chi2.ppf(0.025, 2 * n)
    return math.exp(2 * _Z / math.sqrt(n)), float(exact)


def _from_odds(frame: Frame, rounding: Profile) -> Iterator[Finding]:
    column = frame.first("ratio")
    sides = [i for i in frame.having("count", "integer") if not is_total(count_name(frame.names[i]))]
    if column is None or len(sides) != _SIDES:
        return
    reference = next((row for row in range(len(frame.sheet.rows)) if is_reference(frame, row, column)), None)
    for row in range(len(frame.sheet.rows)):
        ratio, told = frame.number(row, column), _interval(frame, row)
        if reference is None or row == reference or ratio is None or told is None or ratio.number <= 0:
            continue
        cells = [read_cell(frame, of, side, (), None) for of in (row, reference) for side in sides]
        known = [cell for cell in cells if cell is not None]
        if len(known) == len(cells):
            half = 0.5 * 10.0**-ratio.decimals
            odds = (math.log(max(ratio.number - half, 1e-9)), math.log(ratio.number + half))
            yield from _solve(known, odds, told, rounding)


def _solve(
    cells: Sequence[Cell], odds: tuple[float, float], told: tuple[float, float, float], rounding: Profile
) -> Iterator[Finding]:
    """The hidden ones of a b c d where log(ad / bc) and 1/a + 1/b + 1/c + 1/d (Woolf 1955) are as told."""
    hidden = [i for i, cell in enumerate(cells) if cell.shown is None]
    if len(hidden) not in _HIDDEN:
        return
    low, high, half = told
    errors = [math.log(end) / (2 * _Z) for end in ((high - half) / (low + half), (high + half) / (low - half))]
    grid = np.arange(1, _MOST, dtype=float)
    axes = np.meshgrid(*[grid] * len(hidden), indexing="ij")
    least = {"odds": np.zeros(axes[0].shape), "error": np.zeros(axes[0].shape)}
    most = {name: values.copy() for name, values in least.items()}
    for i, (cell, sign) in enumerate(zip(cells, (1, -1, -1, 1), strict=True)):
        if i in hidden:
            ends = (axes[hidden.index(i)],) * 2
        else:
            ends = tuple(np.maximum(np.array(float(n)), 0.5) for n in range_of(cell, rounding))
        logs = [sign * np.log(end) for end in ends]
        least["odds"] += np.minimum(*logs)
        most["odds"] += np.maximum(*logs)
        least["error"] += 1 / ends[1]
        most["error"] += 1 / ends[0]
    fits = (most["odds"] >= odds[0]) & (least["odds"] <= odds[1])
    fits &= (np.sqrt(most["error"]) >= errors[0]) & (np.sqrt(least["error"]) <= errors[1])
    for axis, i in zip(axes, hidden, strict=True):
        own = range_of(cells[i], rounding)
        left = axis[fits & (axis >= own[0]) & (axis <= own[1])]
        width = int(left.max() - left.min()) + 1 if left.size else 0
        if 1 <= width < rounding.threshold:
            yield Finding(cells[i].file, cells[i].place, "B10", f"{values_left(width)}, by its interval")
