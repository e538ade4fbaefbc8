"""The same count in several tables, and populations within one another.

ASSUME: two tables are of the same people where their totals and every cell that both show are the same number. Where
another table of that total is known to be of other people (its cells differ), three cells must be shown in both. A
reader would guess so too, and know more from what the tables say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from dyadlink.audit.counts import ACROSS, Cell, CountTable, Keys, window
from dyadlink.audit.findings import Finding
from dyadlink.audit.values import is_total
from dyadlink.profiles import Profile

Definition = frozenset[tuple[str, str]]
"""Who is counted: variable and level of every restriction; empty for all of a population."""

_GENERIC = {"group", ACROSS, "by", "arm", "outcome", "exposure"}
_LEVELS = {"level", "category", "value", "response", "answer", "value_label"}
_COUNT = re.compile(r"n|counts?|freq|frequency|number|num|nobs|obs|")
_NEAR = 0.05
"""Share of all by which a cell differs at most where two tables are of nearly the same people."""
_ENOUGH = 3
"""Cells that two tables must show alike before they are taken to be of the same people, or of nested ones."""


@dataclass(frozen=True)
class Described:
    """A table with the definition of each of its cells."""

    table: CountTable
    keys: dict[Definition, Keys]

    @cached_property
    def shown(self) -> dict[Definition, int]:
        """The numbers shown."""
        cells = ((definition, self.table.cells[keys].shown) for definition, keys in self.keys.items())
        return {definition: shown for definition, shown in cells if shown is not None}

    @property
    def is_of_people(self) -> bool:
        """Whether its measure is the count of a cell's people (and not of events among them)."""
        measure = self.table.name.rsplit(" ", 1)[-1].lower()
        return bool(_COUNT.fullmatch(measure)) or ACROSS in self.table.columns


def describe(table: CountTable) -> Described:
    """The definition of every cell of a table; of two cells of one definition the first."""
    keys: dict[Definition, Keys] = {}
    for of_cell in table.cells:
        keys.setdefault(_definition(of_cell, table), of_cell)
    return Described(table, keys)


def _definition(keys: Keys, table: CountTable) -> Definition:
    named = [value for name, value in keys if name in table.naming and not is_total(value)]
    is_all = any(name in table.naming and is_total(value) for name, value in keys)
    level = next((name for name, _ in keys if name in _LEVELS and table.naming), None)
    found = set()
    for name, value in keys:
        if name in table.naming or (is_total(value) and name != level):
            continue
        if name == level:
            if not (is_all and is_total(value)):
                found.add(("/".join(named).lower(), value.lower()))
        else:
            found.add((name, value.lower()))
    if named and level is None:
        found |= {("/".join(named).lower(), "")}
    elif named and is_all:
        found.add(("of", "/".join(named).lower()))
    return frozenset(found)


def same_cells(described: Sequence[Described]) -> Iterator[tuple[tuple[int, Keys], tuple[int, Keys]]]:
    """Pairs of cells, each as number of its table and labels, that count the same people."""
    disputed = _disputed_totals(described)
    alike = {
        (i, j): _same_definitions(one, other, disputed)
        for (i, one), (j, other) in combinations(enumerate(described), 2)
        if one.is_of_people and other.is_of_people
    }
    evidence = {
        pair: len(_shown_in_both(described[pair[0]], described[pair[1]], found)) for pair, found in alike.items()
    }
    for (i, j), definitions in alike.items():
        if definitions and not _is_doubtful((i, j), evidence, alike, described):
            for definition in definitions:
                yield (i, described[i].keys[definition]), (j, described[j].keys[definition])


def _disputed_totals(described: Sequence[Described]) -> set[int]:
    """Totals that two tables show that are known to be of different people."""
    everyone: Definition = frozenset()
    found = set()
    for one, other in combinations(described, 2):
        total = one.shown.get(everyone)
        if total is not None and total == other.shown.get(everyone) and _are_others(one, other):
            found.add(total)
    return found


def _are_others(one: Described, other: Described) -> bool:
    """Whether cells of one name differ, and by so little that not the variables but the people must be others."""
    shared = {d for d in one.keys.keys() & other.keys.keys() if not _group(d)}
    gaps = [abs(one.shown[d] - other.shown[d]) for d in _shown_in_both(one, other, shared)]
    total = max(one.shown.get(frozenset(), 0), other.shown.get(frozenset(), 0))
    return any(gaps) and max(gaps) <= max(2 * one.table.rounding.rounding_base, _NEAR * total)


def _same_definitions(one: Described, other: Described, disputed: set[int]) -> set[Definition]:
    """Definitions of the same people in both; none where too few cells are shown in both to tell."""
    everyone: Definition = frozenset()
    if not _shown_in_both(one, other, {everyone}):
        return set()
    shared = one.keys.keys() & other.keys.keys()
    found = {definition for definition in shared if not _group(definition)}
    if not _agree(one, other, found):
        # Either these are other people, or their variables are of another time and only the total is the same.
        is_other = one.shown[everyone] != other.shown[everyone] or _are_others(one, other)
        return set() if is_other or one.shown[everyone] in disputed else {everyone}
    for group in {_group(definition) for definition in shared} - {everyone}:
        of_group = {definition for definition in shared if _group(definition) == group}
        if group in of_group and _agree(one, other, of_group):
            found |= of_group
    shown = _shown_in_both(one, other, found)
    if len(shown) < _ENOUGH and one.shown[everyone] in disputed:
        return set()
    # A group by itself (yes, no) may be another in each table: more than its total must be the same.
    thin = {g for g in map(_group, found) if g and sum(_group(d) == g for d in shown) < _ENOUGH}
    return {definition for definition in found if _group(definition) not in thin}


def _is_doubtful(
    pair: tuple[int, int],
    evidence: dict[tuple[int, int], int],
    alike: dict[tuple[int, int], set[Definition]],
    described: Sequence[Described],
) -> bool:
    """Whether one of the two is as much like a third table that is known to be of other people than the other."""
    for one, other in (pair, pair[::-1]):
        for (i, j), found in alike.items():
            if found and one in {i, j} and evidence[i, j] >= evidence[pair] and (i, j) != pair:
                third = j if i == one else i
                if _are_others(described[other], described[third]):
                    return True
    return False


def _group(definition: Definition) -> Definition:
    return frozenset(pair for pair in definition if pair[0] in _GENERIC)


def _shown_in_both(one: Described, other: Described, definitions: set[Definition]) -> set[Definition]:
    return definitions & one.shown.keys() & other.shown.keys()


def _agree(one: Described, other: Described, definitions: set[Definition]) -> bool:
    return all(one.shown[d] == other.shown[d] for d in _shown_in_both(one, other, definitions))


def nested_populations(described: Sequence[Described], profile: Profile) -> Iterator[Finding]:
    """Findings where one population lies within another and the difference, of all or of a level, is small."""
    for one, other in combinations(described, 2):
        if one.is_of_people and other.is_of_people:
            yield from _differences(one, other, profile)


def _differences(one: Described, other: Described, profile: Profile) -> Iterator[Finding]:
    everyone: Definition = frozenset()
    shared = {d for d in one.shown.keys() & other.shown.keys() if not _group(d)}
    if everyone not in shared or len(shared) < _ENOUGH or one.shown[everyone] == other.shown[everyone]:
        return
    larger, smaller = (one, other) if one.shown[everyone] > other.shown[everyone] else (other, one)
    if any(larger.shown[d] < smaller.shown[d] for d in shared):
        return
    for definition in sorted(shared, key=len):
        inner, outer = (t.table.cells[t.keys[definition]] for t in (smaller, larger))
        least, most = _difference(outer, larger.table.rounding, inner, smaller.table.rounding)
        if 1 <= most < profile.threshold and outer.shown != inner.shown and least >= 0:
            yield difference_finding(inner, outer, least, most)


def _difference(outer: Cell, of_outer: Profile, inner: Cell, of_inner: Profile) -> tuple[int, int]:
    low, high = window(outer.shown or 0, of_outer)
    less, more = window(inner.shown or 0, of_inner)
    return max(0, low - more), high - less


def difference_finding(inner: Cell, outer: Cell, least: int, most: int) -> Finding:
    """The finding that two populations differ by few."""
    detail = f"fewer than {most + 1} persons; the other cell: {outer.file}, {outer.place}"
    return Finding(inner.file, inner.place, "A06", detail if least < most else f"to one value; {detail}")
