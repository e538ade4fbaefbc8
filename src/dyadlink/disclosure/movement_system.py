"""Levels at each timepoint and the movement between them as one system of sums: the margins of one are the other."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import product

import polars as pl

from dyadlink.disclosure.people import ALL, TOTAL, People, Study
from dyadlink.disclosure.system import INNER, MAIN_MARGIN, MARGIN, TOTAL_MARGIN, Builder
from dyadlink.errors import DyadlinkError
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table
from dyadlink.schemas.movement import (
    COARSE_LEVELS,
    COARSE_OF,
    DIRECTION_PAIRS,
    DIRECTIONS,
    LOST,
    NOT_OBSERVED,
    PAIRS,
    TIMES,
    Transitions,
)

LEVELS_TABLE = "csc_levels"
COARSE = tuple(COARSE_LEVELS)
STATES = ("any_involvement", "apart_or_elsewhere")
"""States that McNemar's tests are about."""

Key = tuple[str, ...]
"""What a cell is: its kind, then times, levels or directions."""


class Layout:
    """The cells by name, and the sums between them, as they are laid out in the system of all released counts."""

    def __init__(self, builder: Builder) -> None:
        """No cell of movement yet."""
        self.keys: dict[Key, Hashable] = {}
        self._builder = builder

    def add(  # noqa: PLR0913 - what a cell is
        self,
        key: Key,
        value: int,
        block: str,
        need: int = INNER,
        *,
        people: People | None = None,
        is_released: bool = True,
    ) -> None:
        """One more cell; of these people, where other tables may count them too."""
        self.keys[key] = people or ("movement", *key)
        self._builder.add(self.keys[key], value, block, need, is_released=is_released)

    def show(self, key: Key, other: Key, block: str, need: int) -> None:
        """A second name for a cell, under which one more row shows it."""
        self.keys[key] = self.keys[other]
        self._builder.add(self.keys[key], self.value(other), block, need)

    def name(self, key: Key, other: Key) -> None:
        """A second name for a cell."""
        self.keys[key] = self.keys[other]

    def tie(self, total: Key, parts: list[Key]) -> None:
        """The parts add up to the total."""
        self._builder.tie(self.keys[total], [self.keys[part] for part in parts])

    def value(self, key: Key) -> int:
        """The count of a cell."""
        return self._builder.value(self.keys[key])


def lay_out(builder: Builder, levels: pl.DataFrame, transitions: pl.DataFrame, study: Study) -> Layout:
    """Every released count of levels and movement, and the sums that a reader can make of them.

    Cells: ("total",); ("level", time, level); ("margin", time, coarse level). Of dyads observed at both times: ("flow",
    from, to, coarse level, coarse level), ("from" or "to", from, to, coarse level), ("observed", from, to),
    ("direction", from, to, direction), and ("lost", what) of those apart at T2. Never released: ("unseen", from, to):
    all others, and ("gone", from, to, level, level): these by level; ("within", from, to, coarse level, direction):
    moves that the coarse levels do not show; ("up" or "down", from, to, state): what a test rests on.

    Args:
        builder: The system; the counts are added to it.
        levels: The table `csc_levels`, in the shape of `Counts`.
        transitions: In the shape of `Transitions`.
        study: Who is counted in which cell.

    Raises:
        ContractError: A frame breaks its contract.
        DyadlinkError: The levels lack a time or their total.
    """
    n = dict(_keyed(check_table(transitions, Transitions, "transitions")))
    layout = Layout(builder)
    _add_levels(layout, check_table(levels, Counts, LEVELS_TABLE), study)
    for before, after in PAIRS:
        _add_flows(layout, n, before, after)
        _add_states(layout, before, after)
    for before, after in DIRECTION_PAIRS:
        _add_directions(layout, n, before, after)
    _add_lost(layout)
    return layout


def _keyed(transitions: pl.DataFrame) -> list[tuple[Key, int]]:
    columns = ("from_time", "to_time", "from_level", "to_level")
    return [(tuple(row[c] for c in columns), row["n"]) for row in transitions.iter_rows(named=True)]


def _add_levels(layout: Layout, levels: pl.DataFrame, study: Study) -> None:
    cells = {(row["variable"], row["level"]): row["n"] for row in levels.iter_rows(named=True)}
    if (TOTAL, TOTAL) not in cells:
        raise DyadlinkError("the total is missing", where=f"table {LEVELS_TABLE}")
    everyone = study.cell(LEVELS_TABLE, TOTAL, TOTAL, ALL)
    layout.add((TOTAL,), cells[TOTAL, TOTAL], f"{LEVELS_TABLE}, {TOTAL}", TOTAL_MARGIN, people=everyone)
    for time in TIMES:
        variable = f"csc_level_{time}"
        named = [level for name, level in cells if name == variable]
        if set(COARSE_OF) - set(named):
            raise DyadlinkError("a level or a time is missing", where=f"table {LEVELS_TABLE}, {variable}")
        for level in named:
            people = study.cell(LEVELS_TABLE, variable, level, ALL)
            layout.add(("level", time, level), cells[variable, level], f"{LEVELS_TABLE}, {variable}", people=people)
        _add_margins(layout, time, [level for level in named if level not in COARSE_OF], study)
        # After its parts: what hides within a margin need not be hidden again in the total.
        layout.tie((TOTAL,), [("level", time, level) for level in named])


def _add_margins(layout: Layout, time: str, unknown: list[str], study: Study) -> None:
    for coarse, levels in COARSE_LEVELS.items():
        parts: list[Key] = [("level", time, level) for level in levels]
        if len(parts) == 1:
            layout.name(("margin", time, coarse), parts[0])
        else:
            n = sum(layout.value(part) for part in parts)
            people = study.cell(LEVELS_TABLE, f"csc_level_{time}", coarse, ALL)
            layout.add(("margin", time, coarse), n, f"levels, {time}", people=people, is_released=False)
            layout.tie(("margin", time, coarse), parts)
    for level in unknown:
        layout.name(("margin", time, NOT_OBSERVED), ("level", time, level))


def _add_flows(layout: Layout, n: dict[Key, int], before: str, after: str) -> None:
    pair = (before, after)
    for one, other in product((*COARSE, NOT_OBSERVED), repeat=2):
        fine = product(COARSE_LEVELS.get(one, (one,)), COARSE_LEVELS.get(other, (other,)))
        count = sum(n[before, after, a, b] for a, b in fine)
        if NOT_OBSERVED not in {one, other}:
            layout.add(("flow", *pair, one, other), count, f"transitions, {before} to {after}")
        elif ("margin", before if one == NOT_OBSERVED else after, NOT_OBSERVED) in layout.keys:
            layout.add(("gone", *pair, one, other), count, f"gone, {before} to {after}", is_released=False)
    for level in COARSE:
        _add_side(layout, pair, ("from", *pair, level), [("flow", *pair, level, other) for other in COARSE])
        _add_side(layout, pair, ("to", *pair, level), [("flow", *pair, one, level) for one in COARSE])
    sides: list[Key] = [("from", *pair, level) for level in COARSE]
    n_observed = sum(layout.value(side) for side in sides)
    layout.add(("observed", *pair), n_observed, f"movement, {before} to {after}", TOTAL_MARGIN)
    layout.tie(("observed", *pair), sides)
    layout.tie(("observed", *pair), [("to", *pair, level) for level in COARSE])
    _add_unseen(layout, pair)


def _add_side(layout: Layout, pair: tuple[str, str], side: Key, flows: list[Key]) -> None:
    """A level's total of dyads observed at both times, and its margin: the same where nobody is unobserved."""
    is_from, level = side[0] == "from", side[-1]
    margin: Key = ("margin", pair[0] if is_from else pair[1], level)
    gone: Key = ("gone", *pair, *((level, NOT_OBSERVED) if is_from else (NOT_OBSERVED, level)))
    block = f"movement, {pair[0]} to {pair[1]}"
    if gone in layout.keys:
        layout.add(side, sum(layout.value(flow) for flow in flows), block, MAIN_MARGIN)
        layout.tie(margin, [side, gone])
    else:
        layout.show(side, margin, block, MAIN_MARGIN)
    layout.tie(side, flows)


def _add_unseen(layout: Layout, pair: tuple[str, str]) -> None:
    """Dyads not observed at one of the times or both, where a time has such dyads."""
    gone = [key for key in layout.keys if key[0] == "gone" and key[1:3] == pair]
    if not gone:
        return
    n, block = sum(layout.value(key) for key in gone), f"gone, {pair[0]} to {pair[1]}"
    layout.add(("unseen", *pair), n, block, is_released=False)
    layout.tie(("unseen", *pair), gone)
    layout.tie((TOTAL,), [("observed", *pair), ("unseen", *pair)])
    for time, place in zip(pair, (3, 4), strict=True):
        if ("margin", time, NOT_OBSERVED) in layout.keys:
            layout.tie(("margin", time, NOT_OBSERVED), [key for key in gone if key[place] == NOT_OBSERVED])


def _add_states(layout: Layout, before: str, after: str) -> None:
    inside = {"any_involvement": COARSE[1:], "apart_or_elsewhere": (LOST,)}
    for state in STATES:
        outside = [level for level in COARSE if level not in inside[state]]
        for way, (froms, tos) in {"up": (outside, inside[state]), "down": (inside[state], outside)}.items():
            parts: list[Key] = [("flow", before, after, one, other) for one, other in product(froms, tos)]
            n = sum(layout.value(part) for part in parts)
            layout.add((way, before, after, state), n, f"tests, {before} to {after}", is_released=False)
            layout.tie((way, before, after, state), parts)


def _add_directions(layout: Layout, n: dict[Key, int], before: str, after: str) -> None:
    rank = {level: place for place, level in enumerate(COARSE_OF)}
    parts: dict[str, list[Key]] = {direction: [] for direction in DIRECTIONS}
    for one, other in product(COARSE, COARSE):
        flow: Key = ("flow", before, after, one, other)
        if one != other or len(COARSE_LEVELS[one]) == 1:
            parts[_direction(COARSE.index(one), COARSE.index(other))].append(flow)
            continue
        for direction in DIRECTIONS:
            fine = product(COARSE_LEVELS[one], COARSE_LEVELS[one])
            inside = sum(n[before, after, a, b] for a, b in fine if _direction(rank[a], rank[b]) == direction)
            within: Key = ("within", before, after, one, direction)
            layout.add(within, inside, f"within, {before} to {after}", is_released=False)
            parts[direction].append(within)
        layout.tie(flow, [("within", before, after, one, direction) for direction in DIRECTIONS])
    for direction, found in parts.items():
        key: Key = ("direction", before, after, direction)
        layout.add(key, sum(layout.value(part) for part in found), f"movement, {before} to {after}", MARGIN)
        layout.tie(key, found)
    layout.tie(("observed", before, after), [("direction", before, after, direction) for direction in DIRECTIONS])


def _direction(before: int, after: int) -> str:
    return "lower" if after < before else "higher" if after > before else "same"


def _add_lost(layout: Layout) -> None:
    before, after = "t2", "t3"
    returned: list[Key] = [("flow", before, after, LOST, level) for level in COARSE if level != LOST]
    still: Key = ("flow", before, after, LOST, LOST)
    layout.name(("lost", "still_lost"), still)
    layout.add(("lost", "no_longer_lost"), sum(layout.value(part) for part in returned), "movement, lost", MARGIN)
    layout.tie(("lost", "no_longer_lost"), returned)
    layout.add(
        ("lost", TOTAL), layout.value(still) + layout.value(("lost", "no_longer_lost")), "movement, lost", MARGIN
    )
    layout.tie(("lost", TOTAL), [still, ("lost", "no_longer_lost")])
