"""Which cells of a table add up to which: found from labels that name a total, and held against the numbers shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dyadlink.audit.counts import ACROSS, FAR, CountTable, Keys, range_of
from dyadlink.audit.values import is_total

_BOXES = {"box", "remaining", "included", "start", "end", "population"}
_EXCLUSIONS = {"exclusion", "excluded", "removed", "dropped", "lost"}
_FAMILY = (ACROSS, "group", "level", "category", "value", "by", "arm")
"""Names of labels that do not say of what variable they are."""


@dataclass(frozen=True)
class Sum:
    """The parts add up to the total.

    Args:
        total: Labels of the total.
        parts: Labels of the parts.
        has_rest: Parts that the table does not list belong to it too.
    """

    total: Keys
    parts: tuple[Keys, ...]
    has_rest: bool = False


def find_sums(table: CountTable, levels: Mapping[str, set[str]]) -> list[Sum]:
    """The sums of a table.

    Args:
        table: The table.
        levels: All levels of each variable in any table (`known_levels`): a level that this table leaves out is in
            what its total has more than the parts listed.
    """
    flow = _flow(table)
    if flow:
        return flow
    found: list[Sum] = []
    for family, sums in _families(table).items():
        listed = {_level(part, family[0]) for one in sums for part in one.parts}
        every = listed | (
            levels.get(_variable(family), set()) if listed <= levels.get(_variable(family), set()) else set()
        )
        full = [_completed(table, one, family[0], every) for one in sums]
        # Where parts are more than the total they overlap, in this block and so in all of its family.
        if any(one is None for one in full):
            found += [Sum(one.total, (part,), has_rest=True) for one in sums for part in one.parts]
        else:
            found += [one for one in full if one is not None]
    return found


def known_levels(tables: Sequence[CountTable]) -> dict[str, set[str]]:
    """All levels of each variable that is named in any table."""
    levels: dict[str, set[str]] = {}
    for table in tables:
        for family, sums in _families(table).items():
            variable = _variable(family)
            if variable:
                levels.setdefault(variable, set()).update(_level(part, family[0]) for one in sums for part in one.parts)
    return levels


def _variable(family: tuple[str, Keys]) -> str:
    column, named = family
    if named:
        return "/".join(value.lower() for _, value in named)
    return "" if column in _FAMILY else column


def _level(keys: Keys, column: str) -> str:
    return dict(keys)[column].lower()


def _families(table: CountTable) -> dict[tuple[str, Keys], list[Sum]]:
    """The blocks of cells that differ in one label, by that label and the variable."""
    margins = _margins(table)
    families: dict[tuple[str, Keys], list[Sum]] = {}
    for column in table.columns:
        if column in table.naming:
            continue
        blocks: dict[Keys, list[Keys]] = {}
        for keys in table.cells:
            blocks.setdefault(tuple(pair for pair in keys if pair[0] != column), []).append(keys)
        for rest, block in blocks.items():
            parts = tuple(keys for keys in block if not is_total(dict(keys)[column]))
            totals = [keys for keys in block if is_total(dict(keys)[column])]
            total = totals[0] if totals else margins.get((column, _without(rest, table.naming)))
            if total is not None and parts and total not in parts:
                named = tuple(pair for pair in rest if pair[0] in table.naming)
                families.setdefault((column, named), []).append(Sum(total, parts))
    return families


def _margins(table: CountTable) -> dict[tuple[str, Keys], Keys]:
    """The total of all variables, by the label that is summed and the labels that are left."""
    found: dict[tuple[str, Keys], Keys] = {}
    for keys in table.cells:
        labels = dict(keys)
        totals = [name for name in table.naming if is_total(labels[name])]
        for column in table.columns:
            if column not in table.naming and totals and is_total(labels[column]):
                rest = tuple(pair for pair in keys if pair[0] != column)
                found.setdefault((column, _without(rest, table.naming, only=totals)), keys)
    return found


def _without(keys: Keys, names: Sequence[str], only: Sequence[str] = ()) -> Keys:
    """The labels that are left: a variable's own name goes, the names around it (as a source) stay."""
    named = [name for name, _ in keys if name in (only or names)]
    return tuple(pair for pair in keys if pair[0] not in named[-1:])


def _completed(table: CountTable, one: Sum, column: str, every: set[str]) -> Sum | None:
    """The sum, with a rest where it needs one; none where the parts are more than the total."""
    ranges = [range_of(table.cells[part], table.rounding) for part in one.parts]
    low, high = range_of(table.cells[one.total], table.rounding)
    if sum(least for least, _ in ranges) > high:
        return None
    is_short = min(FAR, sum(most for _, most in ranges)) < low
    lacks = every - {_level(part, column) for part in one.parts}
    return Sum(one.total, one.parts, has_rest=is_short or bool(lacks))


def _flow(table: CountTable) -> list[Sum]:
    """A flow of people: a box less the exclusions below it is the next box."""
    for column in table.columns:
        kinds = {dict(keys)[column].lower() for keys in table.cells}
        if kinds & _BOXES and kinds & _EXCLUSIONS and kinds <= _BOXES | _EXCLUSIONS:
            return list(_boxes(table, column))
    return []


def _boxes(table: CountTable, column: str) -> Iterator[Sum]:
    steps = list(table.cells)
    boxes = [i for i, keys in enumerate(steps) if dict(keys)[column].lower() in _BOXES]
    for start, end in pairwise(boxes):
        if dict(steps[start]).get("unit") == dict(steps[end]).get("unit"):
            yield Sum(steps[start], tuple(steps[start + 1 : end + 1]))
