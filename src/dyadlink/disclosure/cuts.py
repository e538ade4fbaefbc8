"""What must be hidden besides: inequalities from the linear programmes of a reader who can narrow a hidden count.

A reader who finds the greatest and the least value of a count proves both ends by weights on the sums of the system
(the duals). The proof adds up what every cell's own row allows; unless enough of those cells are hidden, the interval
stays too narrow. Such inequalities are Benders' cuts of the cell suppression problem (Fischetti & Salazar 2001,
Management Science 47:1008), with coefficients cut down to what is missing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_diag

from dyadlink.disclosure.audit import Audit, Bounds, BoundsOf, Hidden, Narrow, Target
from dyadlink.disclosure.system import CellSystem

if TYPE_CHECKING:
    from dyadlink.disclosure.audit import Table

_TINY = 1e-7
_FRACTION = 1024
_GAP = 0.02
"""Share by which a choice may cost more than its bound: proving the best of many alike takes longest."""


@dataclass(frozen=True)
class Cut:
    """Weights of the cells of which enough must be hidden: together at least one.

    Not asked where one of `unless_shown` is shown.
    """

    weights: dict[int, float]
    unless_shown: frozenset[int] = frozenset()

    @property
    def is_possible(self) -> bool:
        """Whether all the cells together are enough."""
        return sum(self.weights.values()) > 1 - 0.5 / _FRACTION


class CutMaker:
    """Makes the cuts of one system. Reasons are taken not to be told: telling them comes after, where it is safe."""

    def __init__(self, audit: Audit, always: frozenset[int]) -> None:
        """Takes what is hidden whatever is chosen."""
        self.audit, self.always = audit, always
        system, profile = audit.system, audit.profile
        silent = frozenset(block for blocks in system.blocks for block in blocks)
        everything = frozenset(cell for cell, rows in enumerate(system.rows) if rows and system.values[cell])
        # A total that is a sum while all its parts are shown is rounded itself once one of them is hidden.
        rounded = profile.model_copy(update={"are_totals_summed": False})
        self._shown = BoundsOf(system, rounded)(Hidden(frozenset(), silent))
        self._is_always = np.zeros(len(system.values), dtype=bool)
        self._is_always[list(always)] = True
        self._hidden = audit.bounds(Hidden(everything, silent))

    def cuts(self, found: Sequence[Narrow], hidden: Hidden) -> list[Cut | None]:
        """The inequality that each narrow interval breaks; none where fractions leave it wide enough."""
        bounds = self.audit.bounds(hidden)
        costs = self._reduced_costs(found, bounds)
        return [self._cut(one.target, *costs[2 * i : 2 * i + 2]) for i, one in enumerate(found)]

    def _cut(self, target: Target, of_least: Table, of_greatest: Table) -> Cut | None:
        audit, profile = self.audit, self.audit.profile
        both = np.array([of_least, of_greatest])
        below = np.where(both > _TINY, both, 0).sum(axis=0)
        above = np.where(both < -_TINY, -both, 0).sum(axis=0)
        own = [cell for cell in target if cell not in self.always]
        is_hidden = self._is_always.copy()
        is_hidden[own] = True
        gain = below * (self._shown.low - self._hidden.low) + above * (self._hidden.high - self._shown.high)
        room = below * (audit.truth - self._shown.low) + above * (self._shown.high - audit.truth)
        missing = profile.hidden_counts - 1 - float((room + np.where(is_hidden, gain, 0)).sum())
        if missing < _TINY:
            return None
        cells = np.flatnonzero((gain > _TINY) & ~is_hidden)
        # Upwards to a fraction that binary numbers hold: a cut never asks for more than it proves, and solves cleanly.
        weights = {int(cell): min(math.ceil(_FRACTION * gain[cell] / missing) / _FRACTION, 1.0) for cell in cells}
        if len(target) > 1:
            # Of other hidden parts the sum is another one.
            weights |= dict.fromkeys(self._beside(target), 1.0)
        return Cut(weights, frozenset(own))

    def _beside(self, target: Target) -> list[int]:
        system = self.audit.system
        lines = [line for line in system.lines if set(target) <= set(line.parts)]
        # A zero is shown, or hidden anyway.
        beside = {cell for line in lines for cell in line.cells if system.rows[cell] and system.values[cell]}
        return sorted(beside - set(target) - self.always)

    def _reduced_costs(self, found: Sequence[Narrow], bounds: Bounds) -> list[Table]:
        """Of the least and then of the greatest count of each target: what is left of the sum's weights, by cell."""
        audit = self.audit
        blocks = []
        for one in found:
            sums = audit.sums[list(one.lines)]
            cells = np.unique([*sums.indices, *one.target])
            blocks += [(sums, cells, audit.objective([(one.target, sign)])) for sign in (1, -1)]
        # One programme of all: the blocks share nothing, and starting the solver costs more than solving.
        at = np.concatenate([cells for _, cells, _ in blocks])
        ties = block_diag([sums[:, cells] for sums, cells, _ in blocks], format="csr")
        solved = linprog(
            np.concatenate([objective[cells] for _, cells, objective in blocks]),
            A_eq=ties if ties.shape[0] else None,
            b_eq=np.zeros(ties.shape[0]) if ties.shape[0] else None,
            bounds=np.column_stack([bounds.low[at], bounds.high[at]]),
            method="highs",
        )
        ends = np.cumsum([sums.shape[0] for sums, _, _ in blocks])[:-1]
        duals = np.split(np.asarray(solved.eqlin.marginals), ends)
        return [objective - sums.T @ dual for (sums, _, objective), dual in zip(blocks, duals, strict=True)]


def information(system: CellSystem) -> list[float]:
    """What is lost with each cell: a released row, the more so the larger its count and the more readers need it.

    A row counts 1 to 2 by the logarithm of its count; a margin as 4 rows, a main margin as 6 and a total as 16. A cell
    is lost in every table that shows it.
    """
    logs = np.log1p(np.array(system.values, dtype=float)) / 14
    # ASSUME: how many parts of a table readers would rather miss than one of its margins.
    needs = np.array([1.0, 4.0, 6.0, 16.0])[list(system.need)]
    cost: list[float] = (np.array(system.rows) * needs * (1 + np.minimum(logs, 1))).tolist()
    return cost


def cheapest(cuts: Sequence[Cut], costs: Sequence[float], most_nodes: int) -> tuple[frozenset[int], float] | None:
    """The cells of least information that fulfil every cut, and what no fewer can lose.

    None where no choice does, or none is found among so many branches.
    """
    from scipy.optimize import Bounds as Box  # noqa: PLC0415 - heavy
    from scipy.optimize import LinearConstraint, milp  # noqa: PLC0415 - heavy
    from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

    cells = sorted({cell for cut in cuts for cell in (*cut.weights, *cut.unless_shown)})
    place = {cell: position for position, cell in enumerate(cells)}
    entries = [
        (row, place[cell], weight)
        for row, cut in enumerate(cuts)
        for cell, weight in [*cut.weights.items(), *((own, -1.0) for own in cut.unless_shown)]
    ]
    rows, columns, weights = zip(*entries, strict=True) if entries else ((), (), ())
    matrix = csr_array((weights, (rows, columns)), shape=(len(cuts), len(cells)))
    # No whole choice lies between this and one.
    least = [1.0 - len(cut.unless_shown) - 0.5 / _FRACTION for cut in cuts]
    found = milp(
        [costs[cell] for cell in cells],
        integrality=np.ones(len(cells)),
        bounds=Box(0, 1),
        constraints=LinearConstraint(matrix, least, np.inf),
        # Presolving saves nothing here, and what it undoes the solver repairs, and says so on the terminal.
        options={"mip_rel_gap": _GAP, "node_limit": most_nodes, "presolve": False},
    )
    if found.x is None:
        return None
    chosen = frozenset(cell for cell, value in zip(cells, found.x, strict=True) if value > 0.5)
    return chosen, float(found.mip_dual_bound)
