"""What follows from one sum after another: quick, and enough to find most counts that are given away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dyadlink.disclosure.system import CellSystem, Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_ROUNDS: Final = 50
_LOW, _HIGH = 0, 1


@dataclass(frozen=True)
class Narrowed:
    """Bounds that follow from the sums.

    Args:
        low: Of each cell the least count.
        high: Of each cell the greatest count.
        reasons: Of each cell the line that gave its low and its high bound last; -1 where its own row did.
        lines: The sums.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    reasons: tuple[NDArray[np.int_], NDArray[np.int_]]
    lines: tuple[Line, ...]

    def behind(self, cell: int) -> list[int]:
        """The lines that a cell's bounds follow from, one after another."""
        waiting = [(cell, _LOW), (cell, _HIGH)]
        seen = set(waiting)
        found: set[int] = set()
        while waiting:
            one, side = waiting.pop()
            place = int(self.reasons[side][one])
            if place < 0:
                continue
            found.add(place)
            line = self.lines[place]
            for other in line.cells:
                # A part is at most the total's greatest count less the others' least ones.
                is_same_side = (other == line.total) != (one == line.total)
                state = (other, side if is_same_side else 1 - side)
                if other != one and state not in seen:
                    seen.add(state)
                    waiting.append(state)
        return sorted(found)


class Propagator:
    """Narrows the bounds of all cells by every sum in turn, until none narrows any more."""

    def __init__(self, system: CellSystem) -> None:
        """Takes in the sums."""
        self._lines = system.lines
        entries = [
            (row, cell, -1 if cell == line.total else 1) for row, line in enumerate(system.lines) for cell in line.cells
        ]
        table = np.array(entries, dtype=int).reshape(-1, 3)
        self._line, self._cell, self._sign = table.T
        self._starts = np.flatnonzero(np.diff(self._line, prepend=-1))

    def narrowed(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> Narrowed:
        """The bounds that follow from these."""
        ends = (low.copy(), high.copy())
        reasons = (np.full(len(low), -1), np.full(len(low), -1))
        found = Narrowed(*ends, reasons, self._lines)
        is_part = self._sign > 0
        for _ in range(_MOST_ROUNDS if self._lines else 0):
            # The total counts against its parts: what is left to one cell is less all the others of its line.
            own_low, own_high = found.low[self._cell], found.high[self._cell]
            least, greatest = np.where(is_part, own_low, -own_high), np.where(is_part, own_high, -own_low)
            most_left = least - np.add.reduceat(least, self._starts)[self._line]
            least_left = greatest - np.add.reduceat(greatest, self._starts)[self._line]
            new_low, new_high = np.where(is_part, least_left, -most_left), np.where(is_part, most_left, -least_left)
            is_moved = [self._tighten(found, _LOW, new_low), self._tighten(found, _HIGH, -new_high)]
            if not any(is_moved):
                break
        return found

    def _tighten(self, found: Narrowed, side: int, new: NDArray[np.float64]) -> bool:
        bounds, sign = (found.low, 1) if side == _LOW else (found.high, -1)
        is_tighter = new > sign * bounds[self._cell]
        cells, lines, values = self._cell[is_tighter], self._line[is_tighter], new[is_tighter]
        # The tightest of each cell, the first line among equals.
        order = np.lexsort((lines, -values, cells))
        first = order[np.flatnonzero(np.diff(cells[order], prepend=-1))]
        bounds[cells[first]] = sign * values[first]
        found.reasons[side][cells[first]] = lines[first]
        return bool(len(first))
