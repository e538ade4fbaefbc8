"""Which counts of a system of sums to hide, so that no hidden count can be worked out."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.audit import CellSystem, Hidden, Line, narrow_cells
from dyadlink.disclosure.profiles import Profile
from dyadlink.errors import DyadlinkError


def protect_cells(system: CellSystem, profile: Profile) -> pl.DataFrame:
    """One row per cell, in order: status and the rounded n (null where hidden).

    Status is `suppressed_primary` (below the threshold), `suppressed_secondary` (hidden to protect another
    count, or hidden for a reason that is not told), `zero`, `rounded`, or `shown` (no rounding asked).
    Wherever telling the reason would itself narrow a count, the whole block says `suppressed_secondary`.

    Raises:
        DyadlinkError: A count is negative, or parts do not add up to their total.
    """
    return tell_cells(system, hide_cells(system, profile), profile)


def tell_cells(system: CellSystem, hidden: Hidden, profile: Profile) -> pl.DataFrame:
    """One row per cell, as `protect_cells` gives them, for a choice of hidden cells."""
    statuses = [_status(system, cell, hidden, profile) for cell in range(len(system.values))]
    shown = [None if cell in hidden.cells else profile.round_count(value) for cell, value in enumerate(system.values)]
    return pl.DataFrame({"status": statuses, "n": shown}, schema={"status": pl.String, "n": pl.Int64})


def _check_sums(system: CellSystem) -> None:
    if any(value < 0 for value in system.values):
        raise DyadlinkError("a count is negative", where="disclosure", mend="correct the table's counts")
    for line in system.lines:
        if system.values[line.total] != sum(system.values[part] for part in line.parts):
            # Which block, never which values: this line is logged.
            where = f"disclosure, {system.blocks[line.parts[0] if line.parts else line.total]}"
            raise DyadlinkError("parts do not add up to their margin", where=where, mend="correct the counts")


def hide_cells(system: CellSystem, profile: Profile) -> Hidden:
    """Which cells to hide, and where not to say why, so that no hidden count can be worked out.

    Raises:
        DyadlinkError: A count is negative, or parts do not add up to their total.
    """
    _check_sums(system)
    small = {cell for cell, value in enumerate(system.values) if profile.is_small(value)}
    hidden = Hidden(_complete(system, small | system.unreleased, profile))
    while unsafe := narrow_cells(system, hidden, profile):
        silent = hidden.silent_blocks | _blocks_near(system, unsafe)
        if silent != hidden.silent_blocks:
            # Cheaper for the reader than hiding more: "why" is given up before another number is.
            hidden = Hidden(hidden.cells, silent)
            continue
        more = {_cheapest_near(system, cell, hidden.cells) for cell in unsafe}
        hidden = Hidden(_complete(system, hidden.cells | more, profile), silent)
    return hidden


def _complete(system: CellSystem, start: set[int] | frozenset[int], profile: Profile) -> frozenset[int]:
    """The start, and in each line as many further cells as hide each other."""
    hidden = set(start)
    is_stable = False
    while not is_stable:
        is_stable = True
        for line in system.lines:
            if _is_weak(system, line, hidden, profile):
                hidden.add(_cheapest(system, [cell for cell in line.cells if cell not in hidden]))
                is_stable = False
    return frozenset(hidden)


def _is_weak(system: CellSystem, line: Line, hidden: set[int], profile: Profile) -> bool:
    inside = [cell for cell in line.cells if cell in hidden]
    if not inside or len(inside) == len(line.cells):
        return False
    if system.unreleased.issuperset(inside):
        # What rounding leaves open of a cell that no table shows is for the audit to find out.
        return False
    # Two small counts under a shown total are known to sum to less than the threshold: still weak.
    is_small_sum = line.total not in hidden and sum(system.values[c] for c in inside) < profile.threshold
    return len(inside) == 1 or is_small_sum


def _cheapest(system: CellSystem, candidates: list[int]) -> int:
    # A zero hides nothing, and a kept cell (a total) is what readers need most. Of two equal counts the part
    # is hidden and not its margin: margins of one population come again in other tables.
    totals = {line.total for line in system.lines}
    need = {cell: rank for rank, cell in enumerate(system.keep, start=1)}

    def cost(cell: int) -> tuple[int, bool, int, bool, int]:
        value = system.values[cell]
        return (need.get(cell, 0), value == 0, value, cell in totals, cell)

    return min(candidates, key=cost)


def _blocks_near(system: CellSystem, cells: list[int]) -> frozenset[str]:
    near = {cell for line in system.lines for cell in line.cells if set(line.cells) & set(cells)}
    return frozenset(system.blocks[cell] for cell in near | set(cells))


def _cheapest_near(system: CellSystem, cell: int, hidden: frozenset[int]) -> int:
    near = {c for line in system.lines for c in line.cells if cell in line.cells} - hidden
    anywhere = set(range(len(system.values))) - hidden
    if not anywhere:
        raise DyadlinkError("cannot be released safely even with every count hidden", where="disclosure")
    return _cheapest(system, sorted(near or anywhere))


def _status(system: CellSystem, cell: int, hidden: Hidden, profile: Profile) -> str:
    is_small = profile.is_small(system.values[cell])
    if cell in hidden.cells:
        is_told = is_small and system.blocks[cell] not in hidden.silent_blocks
        return "suppressed_primary" if is_told else "suppressed_secondary"
    if system.values[cell] == 0:
        return "zero"
    return "rounded" if profile.rounding_base > 1 else "shown"
