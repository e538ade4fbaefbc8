"""The same count in several tables, and populations within one another.

Where the folder says of two tables who is counted, cells of the same words, variable and level are the same, and
tables of other words are never joined. Else:

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

from dyadlink.audit.columns import LEVEL
from dyadlink.audit.counts import ACROSS, Cell, CountTable, Keys, window
from dyadlink.audit.findings import Finding
from dyadlink.audit.values import is_total
from dyadlink.profiles import Profile

Definition = frozenset[tuple[str, str]]
"""Who is counted: variable and level of every restriction; empty for all of a population."""

_GENERIC = {"group", ACROSS, "by", "arm", "outcome", "exposure"}
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
    level = next((name for name, _ in keys if LEVEL.fullmatch(name) and table.naming), None)
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
    pairs = list(combinations(range(len(described)), 2))
    others = {pair for pair in pairs if _are_others(described[pair[0]], described[pair[1]])}
    disputed = _disputed_totals(described, others)
    alike = {
        (i, j): found
        for i, j in pairs
        if described[i].is_of_people
        and described[j].is_of_people
        and (found := _same_definitions(described[i], described[j], disputed, are_others=(i, j) in others))
    }
    evidence = {(i, j): len(_shown_in_both(described[i], described[j], found)) for (i, j), found in alike.items()}
    known = _known_others(others)
    for (i, j), definitions in alike.items():
        if _are_told(described[i], described[j]) or not _is_doubtful((i, j), evidence, known):
            for definition in definitions:
                yield (i, described[i].keys[definition]), (j, described[j].keys[definition])


def _disputed_totals(described: Sequence[Described], others: set[tuple[int, int]]) -> set[int]:
    """Totals that two tables show that are known to be of different people."""
    everyone: Definition = frozenset()
    totals = ((described[i].shown.get(everyone), described[j].shown.get(everyone)) for i, j in others)
    return {one for one, other in totals if one is not None and one == other}


def _known_others(others: set[tuple[int, int]]) -> dict[int, list[int]]:
    """For each table those that are known to be of other people."""
    known: dict[int, list[int]] = {}
    for i, j in sorted(others):
        known.setdefault(i, []).append(j)
        known.setdefault(j, []).append(i)
    return known


def _are_others(one: Described, other: Described) -> bool:
    """Whether cells of one name differ, and by so little that not the variables but the people must be others."""
    shared = {d for d in one.keys.keys() & other.keys.keys() if not _group(d)}
    gaps = [abs(one.shown[d] - other.shown[d]) for d in _shown_in_both(one, other, shared)]
    total = max(one.shown.get(frozenset(), 0), other.shown.get(frozenset(), 0))
    return any(gaps) and max(gaps) <= max(2 * one.table.rounding.rounding_base, _NEAR * total)


def _same_definitions(one: Described, other: Described, disputed: set[int], *, are_others: bool) -> set[Definition]:
    """Definitions of the same people in both; none where too few cells are shown in both to tell."""
    if _are_told(one, other):
        return _of_told_people(one, other)
    everyone: Definition = frozenset()
    if not _shown_in_both(one, other, {everyone}):
        return set()
    shared = one.keys.keys() & other.keys.keys()
    found = {definition for definition in shared if not _group(definition)}
    if not _agree(one, other, found):
        # Either these are other people, or their variables are of another time and only the total is the same.
        is_other = one.shown[everyone] != other.shown[everyone] or are_others
        return set() if is_other or one.shown[everyone] in disputed else {everyone}
    for group in {_group(definition) for definition in shared} - {everyone}:
        of_group = {definition for definition in shared if _group(definition) == group}
        if group in of_group and _agree(one, other, of_group):
            found |= of_group
    if len(_shown_in_both(one, other, found)) < _ENOUGH and one.shown[everyone] in disputed:
        return set()
    return _without_thin_groups(one, other, found)


def _without_thin_groups(one: Described, other: Described, found: set[Definition]) -> set[Definition]:
    """A group by itself (yes, no) may be another in each table: more than its total must be the same."""
    shown = _shown_in_both(one, other, found)
    thin = {g for g in map(_group, found) if g and sum(_group(d) == g for d in shown) < _ENOUGH}
    return {definition for definition in found if _group(definition) not in thin}


def _are_told(one: Described, other: Described) -> bool:
    return bool(one.table.population and other.table.population)


def _of_told_people(one: Described, other: Described) -> set[Definition]:
    """Definitions in both tables of one population, but for variables and groups that are shown to be others."""
    if one.table.population != other.table.population:
        return set()
    shared = one.keys.keys() & other.keys.keys()
    differing = {d for d in _shown_in_both(one, other, shared) if one.shown[d] != other.shown[d]}
    # The same words may mean another time, or another outcome's yes and no.
    variables = {_variables(definition) for definition in differing if not _group(definition)}
    shared = {definition for definition in shared if _variables(definition) not in variables}
    groups = {_group(definition) for definition in differing & shared}
    return _without_thin_groups(one, other, {d for d in shared if _group(d) not in groups})


def _variables(definition: Definition) -> frozenset[str]:
    """What a definition is about."""
    return frozenset(name for name, _ in definition - _group(definition))


def _is_doubtful(pair: tuple[int, int], evidence: dict[tuple[int, int], int], known: dict[int, list[int]]) -> bool:
    """Whether one of the two is as much like a third table that is known to be of other people than the other."""
    for one, other in (pair, pair[::-1]):
        for third in known.get(other, ()):
            if evidence.get((min(one, third), max(one, third)), -1) >= evidence[pair]:
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
