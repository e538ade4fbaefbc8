"""What a reader of the release could work out about a hidden count, solved exactly.

The reader is taken to know the rules (threshold, rounding), to read the status column, and to know which numbers add up
to which and which tables count the same people. The interval of a hidden count is then a pair of integer programmes
(Fischetti & Salazar 2001, Management Science 47:1008), solved with HiGHS.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import CellSystem, Line
from dyadlink.errors import DyadlinkError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

Target = tuple[int, ...]
"""Cells of which the sum must stay open: mostly one."""


@dataclass(frozen=True)
class Hidden:
    """Which cells are hidden, and in which blocks the reason is not told."""

    cells: frozenset[int]
    silent_blocks: frozenset[str] = frozenset()

    def tells(self, system: CellSystem, cell: int) -> bool:
        """Whether some row of the cell stands where reasons are told."""
        return not self.silent_blocks.issuperset(system.blocks[cell])


@dataclass(frozen=True)
class Bounds:
    """For each cell the least and the greatest count that its own released rows allow."""

    low: Table
    high: Table


def sums_of_parts(system: CellSystem, hidden: Hidden, profile: Profile) -> dict[int, int]:
    """The totals that are shown as the sum of their rounded parts, and that sum.

    Where the profile asks for sums, a total is one if all its parts are shown, in every line in which it is the total,
    and all these sums are the same number; else it is rounded itself.
    """
    if not profile.are_totals_summed:
        return {}
    lines_of: dict[int, list[Line]] = {}
    for line in system.lines:
        lines_of.setdefault(line.total, []).append(line)
    sums: dict[int, int] = {}
    seen: set[int] = set()

    def shown(cell: int) -> int:
        if cell not in seen:
            # A total that its own parts rest on stays rounded.
            seen.add(cell)
            lines = lines_of.get(cell, [])
            are_shown = all(part not in hidden.cells and system.rows[part] for line in lines for part in line.parts)
            if lines and are_shown:
                found = {sum(shown(part) for part in line.parts) for line in lines}
                if len(found) == 1:
                    sums[cell] = found.pop()
        return sums.get(cell, profile.round_count(system.values[cell]))

    for cell in lines_of:
        if cell not in hidden.cells and system.rows[cell]:
            shown(cell)
    return sums


class BoundsOf:
    """What each cell's own rows tell of it, and whatever else is known of it, for any choice of hidden cells."""

    def __init__(self, system: CellSystem, profile: Profile) -> None:
        """Takes in what a cell tells when it is shown, when it is hidden, and when the reason is told."""
        import numpy as np  # noqa: PLC0415 - heavy

        self._system, self._profile = system, profile
        k, first = profile.threshold, int(profile.are_zeros_shown)
        # An open end is cut far beyond what is asked of an interval, so that every programme is bounded.
        self._far = max(system.values, default=0) + 20 * k
        shown, told = [], []
        for cell, value in enumerate(system.values):
            if not system.rows[cell]:
                shown.append((0, self._far))
            else:
                shown.append(profile.counts_behind(profile.round_count(value)) if value else (0, 0))
            told.append((first, k - 1) if profile.is_small(value) else (k, self._far))
        self._shown = self._by_both_roundings(np.array(shown, dtype=float).reshape(-1, 2))
        self._told = np.array(told, dtype=float).reshape(-1, 2)
        self._silent = np.tile([float(first), float(self._far)], (len(shown), 1))
        fixed = {cell: (system.values[cell],) * 2 for cell in system.exact}
        self._known = {**system.known, **fixed}

    def _by_both_roundings(self, ends: Table) -> Table:
        for cell, (least, greatest) in self._system.shown_as.items():
            ends[cell] = (max(least, ends[cell, 0]), min(greatest, ends[cell, 1]))
        return ends

    def __call__(self, hidden: Hidden) -> Bounds:
        """Of each cell the least and the greatest count that its own released rows allow."""
        import numpy as np  # noqa: PLC0415 - heavy

        system = self._system
        ends = self._shown.copy()
        for cell, n in sums_of_parts(system, hidden, self._profile).items():
            # It tells nothing that its parts do not.
            ends[cell] = (self._profile.threshold, self._far) if n else (0, 0)
        ends = self._by_both_roundings(ends)
        cells = [cell for cell in hidden.cells if system.rows[cell]]
        told = [cell for cell in cells if hidden.tells(system, cell)]
        ends[cells] = self._silent[cells]
        ends[told] = self._told[told]
        for cell, (least, greatest) in self._known.items():
            ends[cell] = (max(least, ends[cell, 0]), min(greatest, ends[cell, 1]))
        return Bounds(np.ascontiguousarray(ends[:, 0]), np.ascontiguousarray(ends[:, 1]))


def open_targets(system: CellSystem, hidden: Hidden, profile: Profile) -> list[Target]:
    """What must stay open: every hidden or withheld count, and every small one that no table shows.

    Hidden parts of a shown total are such a sum as well. What is exact, or was told before, cannot be kept any more.
    """
    told = system.exact | {c for c, (low, high) in system.known.items() if high - low + 1 < profile.hidden_counts}
    single = [(cell,) for cell in sorted(hidden.cells) if system.rows[cell] and cell not in told]
    unseen = [
        (c,) for c in sorted(system.unreleased - told) if profile.is_small(system.values[c]) or c in system.withheld
    ]
    sums = []
    for line in system.lines:
        parts = tuple(part for part in line.parts if part in hidden.cells)
        n = sum(system.values[part] for part in parts)
        if 1 < len(parts) < len(line.parts) and line.total not in hidden.cells and system.rows[line.total]:
            sums += [parts] if profile.is_small(n) else []
    return [*single, *unseen, *dict.fromkeys(sums)]


@dataclass(frozen=True)
class Narrow:
    """A target that a reader can narrow, and the lines of the system that it takes to see it."""

    target: Target
    lines: tuple[int, ...]


class _Intervals:
    """What is found so far of the least and the greatest count of each target."""

    def __init__(self, targets: Sequence[Target], width: int) -> None:
        import numpy as np  # noqa: PLC0415 - heavy

        self.targets = targets
        self._width = width
        self._place = {target: place for place, target in enumerate(targets)}
        self._cells = np.array([cell for target in targets for cell in target], dtype=int)
        self._starts = np.cumsum([0, *(len(target) for target in targets)])[:-1]
        self._low: Table = np.full(len(targets), np.inf)
        self._high: Table = -self._low

    def widen(self, table: Table) -> None:
        """Takes in one more table that cannot be ruled out."""
        import numpy as np  # noqa: PLC0415 - heavy

        if self.targets:
            sums = np.add.reduceat(table[self._cells], self._starts)
            self._low, self._high = np.minimum(self._low, sums), np.maximum(self._high, sums)

    def just_wide_enough(self, bounds: Bounds) -> Bounds:
        """The bounds, of each open cell no wider than it needs: one that goes further takes the room of others."""
        low, high = bounds.low.copy(), bounds.high.copy()
        for place, target in enumerate(self.targets):
            if len(target) == 1 and self.is_narrow(target):
                low[target[0]] = max(low[target[0]], self._high[place] - self._width + 1)
                high[target[0]] = min(high[target[0]], self._low[place] + self._width - 1)
        return Bounds(low, high)

    def narrow(self) -> list[Target]:
        """The targets with fewer possible counts than asked for."""
        return [target for target in self.targets if self.is_narrow(target)]

    def is_narrow(self, target: Target) -> bool:
        """Whether it has fewer possible counts than asked for."""
        place = self._place[target]
        return bool(self._high[place] - self._low[place] + 1 < self._width)


class Audit:
    """Attacks one system again and again, and remembers the tables that no reader could rule out."""

    def __init__(self, system: CellSystem, profile: Profile) -> None:
        """Takes in the sums."""
        import numpy as np  # noqa: PLC0415 - heavy
        from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

        from dyadlink.disclosure.propagate import Propagator  # noqa: PLC0415 - heavy

        self.system, self.profile = system, profile
        self.truth: Table = np.array(system.values, dtype=float)
        entries = [
            (row, cell, sign)
            for row, line in enumerate(system.lines)
            for cell, sign in [(line.total, -1), *((part, 1) for part in line.parts)]
        ]
        rows, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
        self.sums = csr_array((signs, (rows, columns)), shape=(len(system.lines), len(system.values)), dtype=float)
        self.settled: set[Target] = set()
        """Small sums that no table shows and that the others tell whatever is hidden: there is nothing to keep."""
        self.bounds = BoundsOf(system, profile)
        self._propagator = Propagator(system)
        self._tables: list[Table] = [self.truth]

    def narrow(self, hidden: Hidden, most: int = 24) -> list[Narrow]:
        """The targets of which a reader is left with fewer possible counts than there are small ones to hide.

        Those that follow from one sum after another come alone, and of others `most`: what hides them hides more.
        """
        return self.plainly_narrow(hidden) or self._narrow_over_all(hidden, most)

    def _targets(self, hidden: Hidden) -> list[Target]:
        return [target for target in open_targets(self.system, hidden, self.profile) if target not in self.settled]

    def plainly_narrow(self, hidden: Hidden) -> list[Narrow]:
        """Those that follow from one sum after another."""
        bounds = self.bounds(hidden)
        found = self._propagator.narrowed(bounds.low, bounds.high)
        width = found.high - found.low + 1
        return [
            Narrow(target, tuple(found.behind(target[0])))
            for target in self._targets(hidden)
            if len(target) == 1 and width[target[0]] < self.profile.hidden_counts
        ]

    def _narrow_over_all(self, hidden: Hidden, most: int) -> list[Narrow]:
        bounds = self.bounds(hidden)
        targets = self._targets(hidden)
        self._tables = [t for t in self._tables if (t >= bounds.low).all() and (t <= bounds.high).all()]
        found = _Intervals(targets, self.profile.hidden_counts)
        for table in self._tables:
            found.widen(table)
        # Every solution is a table that the reader cannot rule out, so each one widens the intervals of all targets: a
        # few joint programmes usually settle nearly all of them. What they leave open is solved one by one.
        before = len(targets) + _LITTLE_GAIN
        for turn in count():
            left = found.narrow()
            if len(left) < _FEW_LEFT or len(left) > before - _LITTLE_GAIN:
                break
            before = len(left)
            # All at once, then halves against each other, of ever other halves.
            signs = [(-1) ** (place >> (turn % 6)) if turn else 1 for place in range(len(left))]
            for side in (1, -1):
                weights = [(target, side * sign) for target, sign in zip(left, signs, strict=True)]
                self._attack(found.just_wide_enough(bounds), weights, found)
        everything = tuple(range(len(self.system.lines)))
        narrow: list[Narrow] = []
        for target in found.narrow():
            for sign in (1, -1):
                if found.is_narrow(target):
                    self._attack(bounds, [(target, sign)], found)
            narrow += [Narrow(target, everything)] if found.is_narrow(target) else []
            if len(narrow) == most:
                break
        return narrow

    def _attack(self, bounds: Bounds, weights: list[tuple[Target, int]], found: _Intervals) -> None:
        """Widens the intervals by the table that makes the weighted sum least."""
        import numpy as np  # noqa: PLC0415 - heavy
        from scipy.optimize import Bounds as Box  # noqa: PLC0415 - heavy
        from scipy.optimize import LinearConstraint, milp  # noqa: PLC0415 - heavy

        objective = self.objective(weights)
        ties = LinearConstraint(self.sums, 0, 0) if self.system.lines else ()
        # Most such tables are of whole numbers anyway, and found sooner if that is not asked for.
        for integrality in (0, 1):
            result = milp(
                objective,
                integrality=np.full(len(objective), integrality),
                bounds=Box(bounds.low, bounds.high),
                constraints=ties,
            )
            if result.x is None:
                # The true table always fits, so this is a fault of the solver: never release on it.
                raise DyadlinkError("the disclosure audit found no table that fits", where="disclosure audit")
            table: Table = np.round(result.x)
            if np.abs(result.x - table).max(initial=0) < _TINY:
                break
        self._tables = [*self._tables[-_MOST_TABLES:], table]
        found.widen(table)

    def objective(self, weights: Iterable[tuple[Target, int]]) -> Table:
        """A weight for each cell."""
        import numpy as np  # noqa: PLC0415 - heavy

        objective: Table = np.zeros(len(self.truth))
        for target, weight in weights:
            objective[list(target)] += weight
        return objective


_FEW_LEFT = 3
_LITTLE_GAIN = 4
_MOST_TABLES = 200
_TINY = 1e-6
