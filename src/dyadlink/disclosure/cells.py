"""What is released of each cell once it is decided what to hide."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from dyadlink.disclosure.audit import Hidden, sums_of_parts
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.suppress import hide_cells
from dyadlink.disclosure.system import Builder, CellSystem

SCHEMA = {"status": pl.String, "n": pl.Int64}


@dataclass(frozen=True)
class Told:
    """What is released of every cell, by its name."""

    place: Mapping[Hashable, int]
    system: CellSystem
    hidden: Hidden
    cells: pl.DataFrame

    def rows(self, keys: Iterable[Hashable]) -> pl.DataFrame:
        """One row per key: status and the shown n (null where hidden)."""
        return self.cells[[self.place[key] for key in keys]]

    def shown(self, key: Hashable) -> int | None:
        """The shown n of a cell; null where it is hidden."""
        n: int | None = self.cells["n"][self.place[key]]
        return n


Reading = Callable[[Told], dict[str, pl.DataFrame]]
"""Takes released tables, by their names, out of what is told of the system that they were laid out in."""


def protect(builder: Builder, profile: Profile) -> Told:
    """What is released of the whole system.

    Raises:
        DyadlinkError: See `hide_cells` and `Builder.system`.
    """
    builder.nest(profile.is_small)
    system = builder.system()
    hidden = hide_cells(system, profile)
    return Told(builder.place, system, hidden, tell_cells(system, hidden, profile))


def protect_alone(lay_out: Callable[[Builder], Reading], profile: Profile) -> dict[str, pl.DataFrame]:
    """The released tables of one aggregate, protected as a system of its own.

    Raises:
        DyadlinkError: See `protect`, and whatever the laying out raises.
    """
    builder = Builder()
    read = lay_out(builder)
    return read(protect(builder, profile))


def tell_cells(system: CellSystem, hidden: Hidden, profile: Profile) -> pl.DataFrame:
    """One row per cell, in order: status and the shown n (null where hidden), for a choice of hidden cells.

    Status is `suppressed_primary` (below the threshold), `suppressed_secondary` (large, hidden to protect another
    count), `suppressed` (telling which of the two would narrow a count), `zero`, `rounded`, or `shown` (no rounding).
    """
    sums = sums_of_parts(system, hidden, profile)
    statuses = [_status(system, cell, hidden, profile) for cell in range(len(system.values))]
    counts = [
        None if cell in hidden.cells else sums.get(cell, profile.round_count(n)) for cell, n in enumerate(system.values)
    ]
    return pl.DataFrame({"status": statuses, "n": counts}, schema=SCHEMA)


def _status(system: CellSystem, cell: int, hidden: Hidden, profile: Profile) -> str:
    if cell in hidden.cells:
        if not hidden.tells(system, cell):
            return "suppressed"
        return "suppressed_primary" if profile.is_small(system.values[cell]) else "suppressed_secondary"
    if system.values[cell] == 0:
        return "zero"
    return "shown" if profile.rounding == "none" else "rounded"
