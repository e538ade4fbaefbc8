"""The least information that must be lost, as one integer programme over all choices and all attacks at once."""

from __future__ import annotations

import numpy as np
from released_attack import FAR, Rules
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

Sum = tuple[int, list[int]]
"""A total, and its parts."""
_INFEASIBLE = 2


def least_loss(
    values: list[int], sums: list[Sum], costs: list[float], rules: Rules, unseen: frozenset[int] = frozenset()
) -> float | None:
    """What the cheapest choice of hidden cells costs, small ones not counted, of which every hidden cell stays open.

    So must the small ones of the cells that no table shows (`unseen`). None where no choice leaves all of them open.

    Of each cell two tables are asked for that no reader could rule out, and that lie far enough apart in it; likewise
    of small parts of a shown total that are small together, where nothing else of the sum is hidden.
    """
    n = len(values)
    small = [rules.is_small(v) for v in values]
    # Whatever is far enough for the open ends; a tight one keeps the programme sound.
    far = min(FAR, sum(values) + 20.0 * rules.least)
    shown = [rules.behind((v + rules.base // 2) // rules.base * rules.base) for v in values]
    low_hidden = float(rules.zeros)
    width = rules.protection - 1.0
    # Cells that must stay open together, and how much of the width each choice asks for: a constant, and weights.
    targets: list[tuple[list[int], float, dict[int, float]]] = [
        ([cell], width, {}) if small[cell] else ([cell], 0.0, {cell: width})
        for cell in range(n)
        if small[cell] or cell not in unseen
    ]
    for total, parts in sums:
        together = [part for part in parts if small[part] and part not in unseen]
        others = [part for part in parts if part not in together]
        is_seen = total not in unseen and not small[total]
        if len(together) > 1 and others and is_seen and rules.is_small(sum(values[p] for p in together)):
            targets.append((together, width, {cell: -width for cell in (total, *others) if cell not in unseen}))
    size = n + 2 * len(targets) * n
    rows: list[tuple[dict[int, float], float, float]] = []
    for place, (cells, always, chosen) in enumerate(targets):
        for side in (0, 1):
            start = n + (2 * place + side) * n
            for total, parts in sums:
                rows.append(({start + total: -1.0} | {start + part: 1.0 for part in parts}, 0, 0))
            for cell in range(n):
                low, high = shown[cell]
                if cell in unseen:
                    rows.append(({start + cell: 1.0}, 0.0, far))
                elif small[cell]:
                    rows.append(({start + cell: 1.0}, low_hidden, far))
                else:
                    rows.append(({start + cell: 1.0, cell: -(far - high)}, -np.inf, high))
                    rows.append(({start + cell: 1.0, cell: low - low_hidden}, low, np.inf))
        apart = {n + (2 * place + side) * n + cell: 1.0 - 2.0 * side for side in (0, 1) for cell in cells}
        rows.append((apart | {cell: -weight for cell, weight in chosen.items()}, always, np.inf))
    matrix = lil_array((len(rows), size))
    for place, (entries, _, _) in enumerate(rows):
        for column, weight in entries.items():
            matrix[place, column] = weight
    # A small cell is hidden anyway; a zero that is shown stays so, and what no table shows is not chosen.
    fixed = [
        0.0 if cell in unseen else 1.0 if small[cell] else 0.0 if value == 0 else None
        for cell, value in enumerate(values)
    ]
    lower = np.array([0.0 if f is None else f for f in fixed] + [0.0] * (size - n))
    upper = np.array([1.0 if f is None else f for f in fixed] + [far] * (size - n))
    objective = np.array([0.0 if s else c for c, s in zip(costs, small, strict=True)] + [0.0] * (size - n))
    found = milp(
        objective,
        integrality=np.array([1] * n + [0] * (size - n)),
        bounds=Bounds(lower, upper),
        constraints=LinearConstraint(matrix.tocsr(), [row[1] for row in rows], [row[2] for row in rows]),
    )
    assert found.status in {0, _INFEASIBLE}, found.message
    return float(found.fun) if found.status == 0 else None
