"""Earlier releases as tables, and what their comparison with this one tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from dyadlink.audit.counts import Cell, CountTable, Keys, window
from dyadlink.audit.findings import Finding
from dyadlink.audit.joining import Described
from dyadlink.ledger import Entry, ReleasedCount
from dyadlink.profiles import PROFILES, Profile

_LABELS = ("variable", "level", "group")
LEDGER = "ledger, release "
"""Begins the name of the file that an earlier table is said to stand in."""


def tables_of_ledger(entries: Sequence[Entry], profile: Profile) -> list[CountTable]:
    """Each table of each earlier release, rounded as its own profile asks; of an unknown profile as this one's."""
    found = []
    for entry in entries:
        rounding = PROFILES.get(entry.profile, profile)
        tables: dict[tuple[str, str], list[ReleasedCount]] = {}
        for count in entry.counts:
            if count.measure != "n":
                continue
            tables.setdefault((count.table, count.population), []).append(count)
        for (table, population), counts in tables.items():
            file = f"{LEDGER}{entry.release}"
            cells: dict[Keys, Cell] = {}
            for count in counts:
                keys = (("variable", count.variable), ("level", count.level), ("group", count.group))
                place = f"{table} ({', '.join(f'{name}={value}' for name, value in keys)})"
                cells[keys] = Cell(file, place, keys, count.n, _state(count))
            found.append(CountTable(file, f"{table} n", _LABELS, cells, rounding, " ".join(population.lower().split())))
    return found


def _state(count: ReleasedCount) -> str:
    if count.n is not None:
        return "shown"
    return {"suppressed_primary": "small", "suppressed_secondary": "large"}.get(count.status, "hidden")


def change_findings(now: Sequence[Described], before: Sequence[Described], profile: Profile) -> Iterator[Finding]:
    """Findings where a count of a table differs by few from that of the same table in an earlier release."""
    for one in now:
        for other in before:
            if other.table.name.removesuffix(" n") != PurePath(one.table.file).stem or not one.is_of_people:
                continue
            for definition in one.shown.keys() & other.shown.keys():
                cell = one.table.cells[one.keys[definition]]
                old = other.table.cells[other.keys[definition]]
                low, high = window(cell.shown or 0, one.table.rounding)
                least, most = window(old.shown or 0, other.table.rounding)
                if cell.shown != old.shown and max(high - least, most - low) < profile.threshold:
                    yield Finding(cell.file, cell.place, "A07", f"it differs by few; {old.file}: {old.place}")
