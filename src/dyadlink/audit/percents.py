"""What a percentage tells of the count beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from dyadlink.audit.counts import FAR, Cell, CountTable, Keys, range_of
from dyadlink.audit.findings import Finding, values_left
from dyadlink.audit.sums import Sum
from dyadlink.profiles import Profile

MOST_DECIMALS = 2
"""A percentage of more decimals gives the count back whatever it is of, unless it is that of the numbers shown."""


def percent_findings(table: CountTable, sums: Sequence[Sum], profile: Profile) -> Iterator[Finding]:
    """Findings for percentages that give a hidden count, or a shown one more exactly than it is shown."""
    totals = totals_of_parts(sums)
    for keys, cell in table.cells.items():
        if cell.percent is None:
            continue
        told = percent_range(table, keys, totals)
        low, high = range_of(cell, table.rounding)
        width = None if told is None else min(high, told[1]) - max(low, told[0]) + 1
        if cell.shown is None and width is not None and width < min(profile.threshold, high - low + 1):
            yield Finding(cell.file, cell.place, "B01", values_left(width))
        elif cell.shown is not None and table.rounding.rounding != "none" and not _is_of_shown(table, cell):
            if width is not None and width < min(profile.threshold, high - low + 1):
                yield Finding(cell.file, cell.place, "B02", values_left(width))
            elif cell.percent[1] > MOST_DECIMALS:
                yield Finding(cell.file, cell.place, "B02", f"{cell.percent[1]} decimals")


def percent_range(table: CountTable, keys: Keys, totals_of: Mapping[Keys, Sequence[Keys]]) -> tuple[int, int] | None:
    """The least and the greatest count that the percentage of a cell allows; none where it tells nothing.

    It tells nothing where it is that of two numbers shown. Else it is taken for that of the smallest total that the
    cell is part of.

    Args:
        table: The table.
        keys: The cell.
        totals_of: For each cell the totals that it is part of (`totals_of_parts`).
    """
    cell = table.cells[keys]
    if cell.percent is None or (cell.shown is not None and _is_of_shown(table, cell)):
        return None
    totals = [range_of(table.cells[total], table.rounding) for total in totals_of.get(keys, ())]
    totals = [(low, high) for low, high in totals if high < FAR]
    if not totals:
        return None
    percent, decimals = cell.percent
    half = 0.5 * 10.0**-decimals + 1e-9
    ranges = [
        (math.ceil(low * max(0.0, percent - half) / 100 - 1e-9), math.floor(high * (percent + half) / 100 + 1e-9))
        for low, high in totals
    ]
    own = range_of(cell, table.rounding)
    fitting = [told for told in ranges if max(told[0], own[0]) <= min(told[1], own[1])]
    # Of several totals that fit, it is not known which: the widest range holds.
    return (min(low for low, _ in fitting), max(high for _, high in fitting)) if fitting else None


def totals_of_parts(sums: Sequence[Sum]) -> dict[Keys, list[Keys]]:
    """For each cell that is part of a sum the totals of its sums."""
    found: dict[Keys, list[Keys]] = {}
    for one in sums:
        for part in dict.fromkeys(one.parts):
            found.setdefault(part, []).append(one.total)
    return found


def _is_of_shown(table: CountTable, cell: Cell) -> bool:
    """Whether the percentage is that of the number shown over another number shown in the table."""
    if cell.percent is None or cell.shown is None:
        return False
    percent, decimals = cell.percent
    half = 0.5 * 10.0**-decimals + 1e-9
    shown = cell.shown
    if percent == 0:
        return shown == 0
    # Only totals near shown / percent can give it.
    low, high = 100 * shown / (percent + half), 100 * shown / max(percent - half, 1e-12)
    return any(low - 1e-6 <= n <= high + 1e-6 for n in table.numbers)
