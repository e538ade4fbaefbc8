"""The least information that must be lost, as one integer programme over all choices and all attacks at once."""

from __future__ import annotations

import numpy as np
from released_attack import FAR, Rules
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

Sum = tuple[int, list[int]]
"""A total, and its parts."""


def least_loss(values: list[int], sums: list[Sum], costs: list[float], rules: Rules) -> float:
    """What the cheapest choice of hidden cells costs, small ones not counted, of which every hidden cell stays open.

    Of each cell two tables are asked for that no reader could rule out, and that lie far enough apart in it.
    """
    n = len(values)
    small = [rules.is_small(v) for v in values]
    # Whatever is far enough for the open ends; a tight one keeps the programme sound.
    far = min(FAR, sum(values) + 20.0 * rules.least)
    shown = [rules.behind((v + rules.base // 2) // rules.base * rules.base) for v in values]
    low_hidden = float(rules.zeros)
    size = n + 2 * n * n
    rows: list[tuple[dict[int, float], float, float]] = []
    for target in range(n):
        for side in (0, 1):
            start = n + (2 * target + side) * n
            for total, parts in sums:
                rows.append(({start + total: -1.0} | {start + part: 1.0 for part in parts}, 0, 0))
            for cell in range(n):
                low, high = shown[cell]
                if small[cell]:
                    rows.append(({start + cell: 1.0}, low_hidden, far))
                else:
                    rows.append(({start + cell: 1.0, cell: -(far - high)}, -np.inf, high))
                    rows.append(({start + cell: 1.0, cell: low - low_hidden}, low, np.inf))
        most, least = n + 2 * target * n + target, n + (2 * target + 1) * n + target
        width = rules.protection - 1.0
        needed = {most: 1.0, least: -1.0} | ({} if small[target] else {target: -width})
        rows.append((needed, width if small[target] else 0.0, np.inf))
    matrix = lil_array((len(rows), size))
    for place, (entries, _, _) in enumerate(rows):
        for column, weight in entries.items():
            matrix[place, column] = weight
    # A small cell is hidden anyway; a zero that is shown stays so.
    fixed = [1.0 if is_small else 0.0 if v == 0 else None for v, is_small in zip(values, small, strict=True)]
    lower = np.array([0.0 if f is None else f for f in fixed] + [0.0] * (size - n))
    upper = np.array([1.0 if f is None else f for f in fixed] + [far] * (size - n))
    objective = np.array([0.0 if s else c for c, s in zip(costs, small, strict=True)] + [0.0] * (size - n))
    found = milp(
        objective,
        integrality=np.array([1] * n + [0] * (size - n)),
        bounds=Bounds(lower, upper),
        constraints=LinearConstraint(matrix.tocsr(), [row[1] for row in rows], [row[2] for row in rows]),
    )
    assert found.status == 0, found.message
    return float(found.fun)
