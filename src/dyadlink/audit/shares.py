"""Percentages that stand without their numbers, beside a table elsewhere that gives the total."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from dyadlink.audit.columns import Frame
from dyadlink.audit.counts import count_tables, in_percent, window
from dyadlink.audit.findings import Finding, values_left
from dyadlink.audit.joining import Described
from dyadlink.audit.values import is_total
from dyadlink.profiles import Profile


def share_findings(frame: Frame, described: Sequence[Described], profile: Profile) -> Iterator[Finding]:
    """Findings for percentages that make a small count of a total in another table of the same labels."""
    if frame.shape != "counts" or not frame.having("percent") or count_tables(frame, profile):
        return
    levels = {pair for row in range(len(frame.sheet.rows)) for pair in _pairs(frame, row)}
    totals = {
        total: one
        for one in described
        if (total := one.shown.get(frozenset())) and levels & {p for keys in one.table.cells for p in keys}
    }
    for row in range(len(frame.sheet.rows)):
        for column in frame.having("percent"):
            value = frame.number(row, column)
            if value is None or value.number <= 0:
                continue
            percent, decimals = in_percent(frame, value, column)
            half = 0.5 * 10.0**-decimals
            for total, one in totals.items():
                low, high = window(total, one.table.rounding)
                least = math.ceil(low * max(percent - half, 0) / 100 - 1e-9)
                most = math.floor(high * (percent + half) / 100 + 1e-9)
                is_hidden = _is_hidden(one, set(_pairs(frame, row)))
                if 1 <= most < profile.threshold or (is_hidden and least <= most < least + profile.hidden_counts - 1):
                    detail = f"{values_left(most - least + 1)}, of the total in {one.table.file}"
                    yield Finding(frame.sheet.file, frame.place(row, column), "B01", detail)
                    break


def _pairs(frame: Frame, row: int) -> Iterator[tuple[str, str]]:
    return (pair for pair in frame.keys(row) if pair[1] and not is_total(pair[1]))


def _is_hidden(one: Described, labels: set[tuple[str, str]]) -> bool:
    """Whether the cell of these labels is hidden in the table."""
    cells = (
        cell for keys, cell in one.table.cells.items() if labels and labels == {p for p in keys if not is_total(p[1])}
    )
    return any(cell.shown is None for cell in cells)
