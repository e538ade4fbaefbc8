"""The feasible interval of every hidden count over all sums together.

Each interval is a pair of integer programmes over every table that fits what is shown (Fischetti & Salazar 2001,
Management Science 47:1008), solved by HiGHS within each set of cells that sums tie together. Bounds are first drawn
together sum by sum, and one solution widens the intervals of all cells at once.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from dyadlink.audit.counts import FAR

MOST_NODES = 2_000
"""A programme that branches more is answered by the bound it has reached, which is no narrower than the truth.

Counted in nodes and not in seconds, so that every machine finds the same.
"""
_SPAN = 400
_INFEASIBLE = 2
_NEARLY_WHOLE = 1e-6
_DRAWS = 8
"""Further programmes that move all counts at once; each may spare hundreds that move one."""
"""An interval wider than this is as good as open: ends are cut so that every programme is bounded."""


@dataclass
class System:
    """Counts and what ties them.

    Args:
        low: The least value of each.
        high: The greatest.
        sums: For each sum its total and its parts.
    """

    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    sums: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def add(self, low: int, high: int) -> int:
        """One more count; returns its number."""
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1


class ContradictionError(Exception):
    """No table fits: what was taken for sums are none."""


def intervals(system: System, wanted: Mapping[int, int]) -> tuple[dict[int, tuple[int, int]], set[int]]:
    """The interval of each wanted count, and the counts of which nothing is known as their sums contradict each other.

    An interval that is proved at least as wide as asked may be told narrower than it is.

    Args:
        system: The counts.
        wanted: Number of each count, and how many possible values it should have.
    """
    touching: dict[int, list[int]] = defaultdict(list)
    for row, (total, parts) in enumerate(system.sums):
        for count in (total, *parts):
            touching[count].append(row)
    found = {count: (system.low[count], system.high[count]) for count in wanted}
    unknown: set[int] = set()
    for component in _components(system, touching):
        asked = [count for count in component if count in wanted]
        if asked:
            try:
                found |= _solve_component(system, component, touching, {count: wanted[count] for count in asked})
            except ContradictionError:
                unknown |= set(component)
    return found, unknown


def _solve_component(
    system: System, component: list[int], touching: Mapping[int, Sequence[int]], wanted: Mapping[int, int]
) -> dict[int, tuple[int, int]]:
    rows = sorted({row for count in component for row in touching[count]})
    low = {count: system.low[count] for count in component}
    high = {count: system.high[count] for count in component}
    _draw_together([system.sums[row] for row in rows], low, high)
    found = {count: (low[count], high[count]) for count in wanted}
    asked = [count for count in wanted if low[count] < high[count]]
    if asked:
        programme = _Programme([system.sums[row] for row in rows], low, high)
        found |= _solve(programme, asked, [wanted[count] for count in asked])
    return found


def _draw_together(sums: Sequence[tuple[int, tuple[int, ...]]], low: dict[int, int], high: dict[int, int]) -> None:
    """Narrow the bounds by each sum until none changes."""
    touching: dict[int, list[int]] = defaultdict(list)
    for row, (total, parts) in enumerate(sums):
        for count in (total, *parts):
            touching[count].append(row)
    waiting, is_waiting = deque(range(len(sums))), [True] * len(sums)
    while waiting:
        row = waiting.popleft()
        is_waiting[row] = False
        total, parts = sums[row]
        least, most = sum(low[p] for p in parts), sum(high[p] for p in parts)
        news = {total: (least, most)}
        for part in parts:
            news[part] = (low[total] - (most - high[part]), high[total] - (least - low[part]))
        for count, (new_low, new_high) in news.items():
            if new_low > low[count] or new_high < high[count]:
                low[count], high[count] = max(low[count], new_low), min(high[count], new_high)
                for again in touching[count]:
                    if not is_waiting[again]:
                        is_waiting[again] = True
                        waiting.append(again)
            if low[count] > high[count]:
                raise ContradictionError


def _components(system: System, touching: Mapping[int, Sequence[int]]) -> Iterator[list[int]]:
    seen: set[int] = set()
    for start in range(len(system.low)):
        if start in seen or start not in touching:
            continue
        seen.add(start)
        component, waiting = [], [start]
        while waiting:
            count = waiting.pop()
            component.append(count)
            near = {c for row in touching[count] for c in (system.sums[row][0], *system.sums[row][1])} - seen
            seen |= near
            waiting += near
        yield sorted(component)


def _solve(programme: _Programme, asked: Sequence[int], needed: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Intervals by a few programmes that move all counts at once, then one by one where these leave it open."""
    columns = [programme.place[count] for count in asked]
    need = np.array(needed)
    least, most = np.full(len(asked), FAR), np.full(len(asked), -FAR)
    for signs in _directions(len(asked)):
        is_open = most - least + 1 < need
        if not is_open.any():
            break
        values, _ = programme(columns, np.where(is_open, signs, 0.0))
        if values is not None:
            least, most = np.minimum(least, values[columns]), np.maximum(most, values[columns])
    for i, column in enumerate(columns):
        for sign in (1.0, -1.0):
            if most[i] - least[i] + 1 < need[i]:
                values, bound = programme([column], np.array([sign]))
                if values is not None:
                    least, most = np.minimum(least, values[columns]), np.maximum(most, values[columns])
                # Cut short, the programme still tells how far the count can go at most.
                least[i], most[i] = (min(least[i], bound), most[i]) if sign > 0 else (least[i], max(most[i], -bound))
    return {count: (int(least[i]), int(most[i])) for i, count in enumerate(asked)}


def _directions(size: int) -> Iterator[NDArray[np.float64]]:
    """Up or down for each count: all one way, in waves, and drawn (always the same)."""
    drawn = np.random.default_rng(1)
    waves = [np.where(np.arange(size) // period % 2, 1.0, -1.0) for period in (1, 2)]
    for signs in (np.ones(size), *waves, *(drawn.choice([-1.0, 1.0], size) for _ in range(_DRAWS))):
        yield signs
        yield -signs


class _Programme:
    """Minimises a weighted sum of counts over every table that fits."""

    def __init__(
        self, sums: Sequence[tuple[int, tuple[int, ...]]], low: Mapping[int, int], high: Mapping[int, int]
    ) -> None:
        self.place = {count: i for i, count in enumerate(low)}
        entries = []
        for row, (total, parts) in enumerate(sums):
            entries.append((row, self.place[total], -1))
            entries += [(row, self.place[part], 1) for part in parts]
        row_of, column_of, sign = zip(*entries, strict=True)
        matrix = csr_array((sign, (row_of, column_of)), shape=(len(sums), len(low)))
        self.constraint = LinearConstraint(matrix, 0, 0)
        lows, highs = (np.array([ends[count] for count in low], dtype=float) for ends in (low, high))
        # ASSUME: an open count is at most a few times the largest that is shown; it is open beyond that all the same.
        open_end = max(_SPAN, 4 * float(highs[highs < FAR / 2].max(initial=0)))
        self.bounds = Bounds(lows, np.where(highs >= FAR / 2, lows + open_end, highs))

    def __call__(self, columns: Sequence[int], weights: NDArray[np.float64]) -> tuple[NDArray[np.int64] | None, int]:
        """The counts of the table that makes the weighted sum least, if one was found, and how small it can be."""
        objective = np.zeros(len(self.place))
        objective[list(columns)] = weights
        # Corners of most tables are whole as they are: the least of all tables is then that of whole ones.
        result = self._solve(objective, are_whole=False)
        if result.status == _INFEASIBLE:
            raise ContradictionError
        if result.x is not None and np.abs(result.x - np.rint(result.x)).max() < _NEARLY_WHOLE:
            corner = np.asarray(np.rint(result.x), dtype=np.int64)
            return corner, int(np.rint(objective @ corner))
        result = self._solve(objective, are_whole=True)
        if result.status == _INFEASIBLE:
            raise ContradictionError
        values = None if result.x is None else np.asarray(np.rint(result.x), dtype=np.int64)
        bound = result.mip_dual_bound
        is_known = bound is not None and np.isfinite(bound)
        return values, int(np.floor(bound + 1e-6)) if is_known else -FAR

    def _solve(self, objective: NDArray[np.float64], *, are_whole: bool) -> OptimizeResult:
        return milp(
            objective,
            integrality=np.full(len(objective), int(are_whole)),
            bounds=self.bounds,
            constraints=self.constraint,
            options={"node_limit": MOST_NODES} if are_whole else {},
        )
