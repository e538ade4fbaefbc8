"""Intervals of hidden counts, against every table that fits, listed one by one."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from dyadlink.audit import attack
from dyadlink.audit.attack import System, intervals

ROWS, COLUMNS = 2, 3
MOST = 7
"""The greatest count: all tables are listed, and there are (MOST + 1) ** (ROWS * COLUMNS)."""


def _random_system(random: Random) -> tuple[System, list[int]]:
    """A small two-way table with its margins, some cells hidden, the others rounded to 5 or exact."""
    inner = [[random.randrange(MOST + 1) for _ in range(COLUMNS)] for _ in range(ROWS)]
    cells = [n for row in inner for n in row] + [sum(row) for row in inner] + [sum(c) for c in zip(*inner, strict=True)]
    base = random.choice([1, 5])
    system = System()
    hidden = []
    for i, n in enumerate(cells):
        if i < ROWS * COLUMNS and random.random() < 0.5:
            hidden.append(system.add(0, MOST))
        else:
            shown = (n + base // 2) // base * base
            system.add(max(0, shown - base // 2), shown + (base - 1) // 2)
    for row in range(ROWS):
        system.sums.append((ROWS * COLUMNS + row, tuple(row * COLUMNS + c for c in range(COLUMNS))))
    for column in range(COLUMNS):
        system.sums.append((ROWS * COLUMNS + ROWS + column, tuple(r * COLUMNS + column for r in range(ROWS))))
    return system, hidden


def _by_listing(system: System, hidden: list[int]) -> dict[int, tuple[int, int]]:
    inner = ROWS * COLUMNS
    fitting = [
        cells
        for cells in product(*(range(system.low[i], system.high[i] + 1) for i in range(inner)))
        if all(system.low[t] <= sum(cells[p] for p in parts) <= system.high[t] for t, parts in system.sums)
    ]
    return {i: (min(c[i] for c in fitting), max(c[i] for c in fitting)) for i in hidden}


@pytest.mark.parametrize("seed", range(40))
def test_intervals_are_those_of_all_tables_that_fit(seed: int) -> None:
    system, hidden = _random_system(Random(seed))  # noqa: S311
    true = _by_listing(system, hidden)
    # Asked for more values than there can be, each interval is worked out to its ends.
    found, unknown = intervals(system, dict.fromkeys(hidden, 100))
    assert (found, unknown) == (true, set())
    # Asked for four, it may stop early, and says the same of which are narrow.
    early, _ = intervals(system, dict.fromkeys(hidden, 4))
    assert {i for i, (a, b) in early.items() if b - a < 3} == {i for i, (a, b) in true.items() if b - a < 3}


@pytest.mark.parametrize("seed", range(10))
def test_counts_are_also_moved_one_by_one(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack, "_directions", lambda _: iter(()))
    system, hidden = _random_system(Random(seed))  # noqa: S311
    assert intervals(system, dict.fromkeys(hidden, 100))[0] == _by_listing(system, hidden)


def test_counts_are_whole() -> None:
    # a + b = 3 and b + c = 3, so a = c; a + c is at most 3, which whole numbers reach at 1 and 1 alone.
    system = System([3, 3, 0, 0, 0, 0], [3, 3, 3, 3, 3, 3], [(0, (3, 4)), (1, (4, 5)), (2, (3, 5))])
    assert intervals(system, {3: 9, 5: 9})[0] == {3: (0, 1), 5: (0, 1)}


def test_sums_that_contradict_each_other_are_told() -> None:
    system = System([5, 2, 2], [5, 2, 2], [(0, (1, 2))])
    assert intervals(system, {1: 3}) == ({1: (2, 2)}, {0, 1, 2})
