"""What a reader of the release could work out about a hidden count, solved exactly.

The reader is taken to know the rules (threshold, rounding), to read the status column, and to know which
numbers add up to which. The interval of a hidden count is then a pair of integer programmes (Fischetti &
Salazar 2001, Management Science 47:1008), solved with HiGHS.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dyadlink.disclosure.profiles import Profile
from dyadlink.errors import DyadlinkError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Line:
    """Cells that add up: the parts to the total. Cells are positions in `CellSystem.values`."""

    total: int
    parts: tuple[int, ...]

    @property
    def cells(self) -> tuple[int, ...]:
        """The total and the parts."""
        return (self.total, *self.parts)


@dataclass(frozen=True)
class CellSystem:
    """Counts that are released together, and the sums that tie them.

    Args:
        values: The true counts.
        lines: The sums.
        blocks: For each cell the name of its part of the table; reasons are told, or not, by block.
        keep: Cells to leave shown where anything else can be hidden instead, the most needed last.
        unreleased: Cells that no table shows: sums of shown ones that a reader can work out, and that must not give
            away a small count.
        exact: Cells that a reader is taken to know to the last one, because a released statistic rests on them.
    """

    values: tuple[int, ...]
    lines: tuple[Line, ...]
    blocks: tuple[str, ...]
    keep: tuple[int, ...] = ()
    unreleased: frozenset[int] = frozenset()
    exact: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Hidden:
    """Which cells are hidden, and in which blocks the reason is not told."""

    cells: frozenset[int]
    silent_blocks: frozenset[str] = frozenset()


def known_bounds(system: CellSystem, hidden: Hidden, profile: Profile) -> list[tuple[int, int]]:
    """For each cell the least and the greatest count that its own released row allows."""
    half, base, k = profile.rounding_base // 2, profile.rounding_base, profile.threshold
    # An open end is cut far beyond what is asked of an interval, so that every programme is bounded.
    far = max(system.values, default=0) + 20 * k
    bounds = []
    for cell, value in enumerate(system.values):
        if cell in system.exact:
            bounds.append((value, value))
        elif cell in system.unreleased:
            bounds.append((0, far))
        elif cell not in hidden.cells and value == 0 and profile.are_zeros_shown:
            bounds.append((0, 0))
        elif cell not in hidden.cells:
            shown = profile.round_count(value)
            bounds.append((max(k, shown - half), shown - half + base - 1))
        elif system.blocks[cell] in hidden.silent_blocks:
            bounds.append((0, far))
        else:
            bounds.append((0, k - 1) if profile.is_small(value) else (k, far))
    return bounds


def narrow_cells(system: CellSystem, hidden: Hidden, profile: Profile) -> list[int]:
    """The hidden cells for which a reader is left with fewer than `threshold` possible counts.

    Of the cells that no table shows, only the small ones have anything to hide.
    """
    open_cells = [c for c in sorted(hidden.cells) if c not in system.unreleased or profile.is_small(system.values[c])]
    if not open_cells:
        return []
    low = list(system.values)
    high = list(system.values)
    for solution in _extreme_solutions(system, hidden, profile, open_cells, (low, high)):
        for cell in open_cells:
            low[cell] = min(low[cell], solution[cell])
            high[cell] = max(high[cell], solution[cell])
    return [cell for cell in open_cells if high[cell] - low[cell] + 1 < profile.threshold]


def _extreme_solutions(
    system: CellSystem, hidden: Hidden, profile: Profile, cells: list[int], ends: tuple[list[int], list[int]]
) -> Iterator[list[int]]:
    # Every solution is a table the reader cannot rule out, so each one widens the intervals of all cells: a
    # few joint programmes usually settle nearly all of them. What they leave open is solved cell by cell.
    solve = _Attacker(system, known_bounds(system, hidden, profile))
    low, high = ends
    for signs in ([1] * len(cells), [(-1) ** i for i in range(len(cells))]):
        yield solve(dict(zip(cells, signs, strict=True)))
        yield solve(dict(zip(cells, [-sign for sign in signs], strict=True)))
    for cell in cells:
        for sign in (1, -1):
            if high[cell] - low[cell] + 1 < profile.threshold:
                yield solve({cell: sign})


class _Attacker:
    """Minimises a weighted sum of cells over every table that fits what is released."""

    def __init__(self, system: CellSystem, bounds: Collection[tuple[int, int]]) -> None:
        import numpy as np  # noqa: PLC0415 - heavy
        from scipy.optimize import Bounds, LinearConstraint  # noqa: PLC0415 - heavy
        from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

        sums: list[tuple[int, int, int]] = []
        for row, line in enumerate(system.lines):
            sums.append((row, line.total, -1))
            sums.extend((row, part, 1) for part in line.parts)
        self.size = len(system.values)
        self.bounds = Bounds([b[0] for b in bounds], [b[1] for b in bounds])
        self.integrality: NDArray[np.int_] = np.ones(self.size, dtype=int)
        self.sums = None
        if sums:
            rows, columns, signs = zip(*sums, strict=True)
            shape = (len(system.lines), self.size)
            self.sums = LinearConstraint(csr_array((signs, (rows, columns)), shape=shape), 0, 0)

    def __call__(self, weights: dict[int, int]) -> list[int]:
        """The counts of the table that makes the weighted sum least."""
        import numpy as np  # noqa: PLC0415 - heavy
        from scipy.optimize import milp  # noqa: PLC0415 - heavy

        objective = np.zeros(self.size)
        objective[list(weights)] = list(weights.values())
        result = milp(objective, integrality=self.integrality, bounds=self.bounds, constraints=self.sums)
        if result.x is None:
            # The true table always fits, so this is a fault of the solver: never release on it.
            raise DyadlinkError("the disclosure audit found no table that fits", where="disclosure audit")
        return [round(value) for value in result.x]
