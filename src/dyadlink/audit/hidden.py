"""Hidden counts that can be worked out: from one table, from several, or with an earlier release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dyadlink.audit.attack import System, intervals
from dyadlink.audit.counts import FAR, Cell, CountTable, Keys, range_of, window
from dyadlink.audit.findings import Finding, values_left
from dyadlink.audit.joining import Described, same_cells
from dyadlink.audit.percents import percent_range, totals_of_parts
from dyadlink.audit.sums import Sum, find_sums, known_levels
from dyadlink.audit.values import is_total
from dyadlink.profiles import Profile

Spot = tuple[str, str]
"""File and place."""


def hidden_findings(now: Sequence[Described], earlier: Sequence[Described], profile: Profile) -> Iterator[Finding]:
    """Findings for every hidden count, and every count that is left over in a sum, that is too narrow.

    Args:
        now: The tables of the folder.
        earlier: Those of earlier releases.
        profile: The rules.
    """
    narrow = _narrow([*now, *earlier], profile)
    if not narrow:
        return
    without = _narrow(now, profile) if earlier else narrow
    files = {file for file, _ in narrow} & {one.table.file for one in now}
    alone = {file: _narrow([one for one in now if one.table.file == file], profile) for file in files}
    for (file, place), (least, most) in narrow.items():
        if file in files:
            is_own = (file, place) in alone[file]
            rule = "A04" if is_own else ("A05" if (file, place) in without else "A07")
            width = most - least + 1
            yield Finding(file, place, rule, values_left(width))


@dataclass
class _Layout:
    """The system of all tables, and which of its counts are whose."""

    system: System = field(default_factory=System)
    place: dict[tuple[int, Keys], int] = field(default_factory=dict)
    cells: dict[int, list[Cell]] = field(default_factory=dict)
    rests: dict[int, Cell] = field(default_factory=dict)
    file_of_sum: list[str] = field(default_factory=list)


def _narrow(described: Sequence[Described], profile: Profile) -> dict[Spot, tuple[int, int]]:
    layout = _lay_out(described)
    wanted = {number: _needed(layout, number, cells, profile) for number, cells in layout.cells.items()}
    wanted = {number: need for number, need in wanted.items() if need > 1}
    wanted |= dict.fromkeys(layout.rests, profile.threshold)
    found, unknown = intervals(layout.system, wanted)
    if unknown:
        found |= _file_by_file(layout, {number: need for number, need in wanted.items() if number in unknown})
    spots: dict[Spot, tuple[int, int]] = {}
    for number, (least, most) in found.items():
        # What contradicts itself was taken for sums of the same people, and is none.
        if most < least or most - least + 1 >= wanted[number]:
            continue
        if least >= profile.threshold and all(cell.bounds for cell in layout.cells.get(number, ())):
            # Hidden for a bound above the threshold (of a median), and known not to be small.
            continue
        if number in layout.rests and least >= 1 and most < profile.threshold:
            cell = layout.rests[number]
            spots[cell.file, f"what its parts leave of {cell.place}"] = (least, most)
        for cell in layout.cells.get(number, ()):
            if cell.shown is None:
                spots[cell.file, cell.place] = (least, most)
    return spots


def _needed(layout: _Layout, number: int, cells: Sequence[Cell], profile: Profile) -> int:
    """How many values a reader must be left with: as many as the profile hides; 0 where nothing is hidden."""
    hidden = [cell for cell in cells if cell.shown is None]
    if not hidden or len(hidden) < len(cells):
        # Shown elsewhere to within its rounding: what that tells of other cells is theirs.
        ends = [window(cell.shown, profile) for cell in cells if cell.shown is not None]
        width = layout.system.high[number] - layout.system.low[number] + 1
        is_narrower = width == 1 or width < min(most - least + 1 for least, most in ends)
        return profile.hidden_counts if hidden and is_narrower else 0
    return profile.hidden_counts


def _file_by_file(layout: _Layout, wanted: dict[int, int]) -> dict[int, tuple[int, int]]:
    """Where all sums together contradict each other: those of each file, and last each sum of its own."""
    found = {number: (layout.system.low[number], layout.system.high[number]) for number in wanted}
    sums = layout.system.sums
    groups = [[s for s, of in zip(sums, layout.file_of_sum, strict=True) if of == f] for f in set(layout.file_of_sum)]
    while groups:
        again = []
        for group in groups:
            asked = {n: wanted[n] for total, parts in group for n in (total, *parts) if n in wanted}
            part = System(layout.system.low, layout.system.high, group)
            told, unknown = intervals(part, asked)
            for number in told.keys() - unknown:
                least, most = found[number]
                found[number] = (max(least, told[number][0]), min(most, told[number][1]))
            if unknown and len(group) > 1:
                again += [[one] for one in group if one[0] in unknown or set(one[1]) & unknown]
        groups = again
    return found


def _lay_out(described: Sequence[Described]) -> _Layout:
    tables = [one.table for one in described]
    levels = known_levels(tables)
    sums = [find_sums(table, levels) for table in tables]
    layout = _Layout()
    for i, table in enumerate(tables):
        _add_cells(layout, i, table, sums[i])
    numbers = _unite(layout, described)
    for i, table in enumerate(tables):
        for one in sums[i]:
            total = numbers[layout.place[i, one.total]]
            parts = [numbers[layout.place[i, part]] for part in one.parts]
            if one.has_rest:
                parts.append(layout.system.add(0, FAR))
                layout.rests[parts[-1]] = table.cells[one.total]
            if total not in parts and len(set(parts)) == len(parts):
                layout.system.sums.append((total, tuple(parts)))
                layout.file_of_sum.append(table.file)
    return layout


def _add_cells(layout: _Layout, i: int, table: CountTable, sums: Sequence[Sum]) -> None:
    # Reasons are told alike in all cells of a variable; where one is told, the others are known not to be small.
    fixed = {
        name for name in table.columns if name in table.naming or not any(is_total(dict(k)[name]) for k in table.cells)
    }
    blocks = {keys: tuple(pair for pair in keys if pair[0] in fixed) for keys in table.cells}
    blocks_with_small = {blocks[keys] for keys, cell in table.cells.items() if cell.state == "small"}
    summed = _summed_totals(table, sums)
    totals = totals_of_parts(sums)
    for keys, cell in table.cells.items():
        knows = blocks[keys] in blocks_with_small
        low, high = range_of(cell, table.rounding, knows_large=knows)
        if keys in summed and cell.shown:
            # The sum of its rounded parts tells nothing that they do not.
            low, high = table.rounding.threshold, FAR
        told = percent_range(table, keys, totals)
        if told and max(low, told[0]) <= min(high, told[1]):
            low, high = max(low, told[0]), min(high, told[1])
        number = layout.system.add(low, high)
        layout.place[i, keys] = number
        layout.cells[number] = [cell]


def _summed_totals(table: CountTable, sums: Sequence[Sum]) -> set[Keys]:
    if not table.rounding.are_totals_summed:
        return set()
    found = set()
    for one in sums:
        shown = [table.cells[part].shown for part in one.parts]
        if len(shown) > 1 and None not in shown and table.cells[one.total].shown == sum(n or 0 for n in shown):
            found.add(one.total)
    return found


def _unite(layout: _Layout, described: Sequence[Described]) -> dict[int, int]:
    """For each count the number it goes by: that of the first table that has it."""
    numbers = {number: number for number in layout.place.values()}

    def root(number: int) -> int:
        while numbers[number] != number:
            number = numbers[number]
        return number

    for one, other in same_cells(described):
        first, second = sorted((root(layout.place[one]), root(layout.place[other])))
        low = max(layout.system.low[first], layout.system.low[second])
        high = min(layout.system.high[first], layout.system.high[second])
        if first != second and low <= high:
            numbers[second] = first
            layout.system.low[first], layout.system.high[first] = low, high
            layout.cells[first] += layout.cells.pop(second)
    return {number: root(number) for number in numbers}
