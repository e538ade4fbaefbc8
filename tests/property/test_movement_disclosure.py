"""No reader of levels, transitions, shares and tests can narrow a hidden count: an attacker written apart tries.

The attacker thinks of what the package never lays out: how many dyads went from each single level to each other one,
for every pair of times. Every released number is a sum of these, and what it says of its sum is all that is used.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, lil_array

from dyadlink.disclosure import get_profile
from dyadlink.disclosure.movement import protect_movement
from dyadlink.errors import DyadlinkError
from dyadlink.schemas import CSC_LEVELS
from dyadlink.schemas.movement import COARSE_LEVELS, NOT_OBSERVED, PAIRS, TIMES

STRICT = get_profile("strict")
THRESHOLD, FAR = 10, 2000
ALL = (*CSC_LEVELS, NOT_OBSERVED)
FLOWS = {flow: place for place, flow in enumerate((a, b, x, y) for a, b in PAIRS for x, y in product(ALL, ALL))}
Flow = tuple[str, str, str, str]


def make_dyads(seed: int, n: int) -> pl.DataFrame:
    """Levels of n dyads at each time, most of them at none; some stay where they were, a few are lost to view at T3."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet([6, 1.2, 1.5, 0.3, 1, 0.1, 0.8, 0.2], size=4)
    levels = {time: rng.choice(CSC_LEVELS, n, p=share) for time, share in zip(TIMES, shares, strict=True)}
    for before, after in PAIRS[:3]:
        levels[after] = np.where(rng.random(n) < 0.6, levels[before], levels[after])
    levels["t3"] = np.where(rng.random(n) < 0.02, NOT_OBSERVED, levels["t3"])
    return pl.DataFrame({time: pl.Series(values, dtype=pl.String) for time, values in levels.items()})


def release_of(dyads: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return protect_movement(*aggregates_of(dyads), STRICT)


def aggregates_of(dyads: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Levels, transitions and tests."""
    counted = [("total", "total", dyads.height)]
    counted += [
        (f"csc_level_{time}", level, (dyads[time] == level).sum())
        for time in TIMES
        for level in (ALL if time == "t3" else CSC_LEVELS)
    ]
    levels = pl.DataFrame(counted, schema=["variable", "level", "n"], orient="row").select(
        pl.lit("csc_levels").alias("table"), "variable", "level", pl.lit("all").alias("group"), "n"
    )
    flows = [(*flow, int(truth_of(dyads, [flow]))) for flow in FLOWS]
    transitions = pl.DataFrame(flows, schema=["from_time", "to_time", "from_level", "to_level", "n"], orient="row")
    tests = pl.DataFrame([_test_row(dyads, *pair) for pair in PAIRS])
    return levels, transitions, tests


def _test_row(dyads: pl.DataFrame, before: str, after: str) -> dict[str, object]:
    seen = dyads.filter(pl.col(before) != NOT_OBSERVED, pl.col(after) != NOT_OBSERVED)
    up = seen.filter(pl.col(before) == "none", pl.col(after) != "none").height
    down = seen.filter(pl.col(before) != "none", pl.col(after) == "none").height
    told = {"from_time": before, "to_time": after, "about": "any_involvement", "method": "mcnemar"}
    sizes = {"n_dyads": seen.height, "n_mothers": seen.height, "n_moved_mothers": up + down, "n_least_moved": up + down}
    statistic = (up - down) ** 2 / (up + down)
    return {**told, **sizes, "n_up": up, "n_down": down, "statistic": statistic, "df": 1, "p_value": 0.5}


def truth_of(dyads: pl.DataFrame, flows: list[Flow]) -> int:
    return sum(((dyads[a] == x) & (dyads[b] == y)).sum() for a, b, x, y in flows)


def flows_of(before: str, after: str, one: str, other: str) -> list[Flow]:
    """Single flows behind a cell of the released transitions."""
    levels = {**COARSE_LEVELS, "total": CSC_LEVELS}
    return [(before, after, x, y) for x, y in product(levels[one], levels[other])]


def flows_at(variable: str, level: str) -> list[Flow]:
    """Single flows behind a cell of the released levels."""
    if variable == "total":
        return [flow for flow in FLOWS if flow[:2] == PAIRS[0]]
    time = variable.removeprefix("csc_level_")
    pair = next(pair for pair in PAIRS if time in pair)
    return [flow for flow in FLOWS if flow[:2] == pair and flow[2 + pair.index(time)] == level]


def flows_that(before: str, after: str, among: str, change: str) -> list[Flow]:
    """Single flows behind a row of the released shares."""
    lost = COARSE_LEVELS["apart_or_elsewhere"]

    def fits(one: str, other: str) -> bool:
        if among == "apart_at_t2":
            return one in lost and {"total": True, "still_apart": other in lost}.get(change, other not in lost)
        way = CSC_LEVELS.index(other) - CSC_LEVELS.index(one)
        return {"total": True, "lower": way < 0, "same": way == 0, "higher": way > 0}[change]

    return [(before, after, x, y) for x, y in product(CSC_LEVELS, CSC_LEVELS) if fits(x, y)]


def cells_of(released: dict[str, pl.DataFrame]) -> list[tuple[list[Flow], str, int | None, tuple[str, ...]]]:
    """Every released count: the flows it is the sum of, status, n, and the part of a table that tells its reasons."""
    cells = []
    for row in released["csc_levels"].iter_rows(named=True):
        cells.append((flows_at(row["variable"], row["level"]), row["status"], row["n"], ("level", row["variable"])))
    for row in released["transitions"].iter_rows(named=True):
        key = tuple(row[c] for c in ("from_time", "to_time", "from_level", "to_level"))
        part = ("margin", *key) if "total" in key else ("flow", *key[:2])
        cells.append((flows_of(*key), row["status"], row["n"], part))
    for row in released["movement_shares"].iter_rows(named=True):
        key = tuple(row[c] for c in ("from_time", "to_time", "among", "change"))
        cells.append((flows_that(*key), row["status"], row["n"], ("share", *key)))
    return cells


def bounds_of(status: str, n: int | None, tells: bool) -> tuple[int, int]:
    if n is not None:
        return max(n - 5, THRESHOLD), n + 4
    if status == "suppressed_primary":
        return 0, THRESHOLD - 1
    return (THRESHOLD if tells else 0), FAR


class Attacker:
    """Least and greatest sum of flows in any study that fits the release."""

    def __init__(self, dyads: pl.DataFrame, released: dict[str, pl.DataFrame]) -> None:
        """Take in all that is released."""
        self.cells = cells_of(released)
        told = {part for _, status, _, part in self.cells if status == "suppressed_primary"}
        rows = [(flows, *bounds_of(status, n, part in told)) for flows, status, n, part in self.cells]
        # Each time has one distribution, whichever pair of times it is told in.
        for time, level in product(TIMES, ALL):
            sides = [
                [flow for flow in FLOWS if flow[:2] == pair and flow[2 + pair.index(time)] == level]
                for pair in PAIRS
                if time in pair
            ]
            rows += [([*sides[0], *side], 0, 0) for side in sides[1:]]
        matrix = lil_array((len(rows), len(FLOWS)))
        for place, (flows, low, high) in enumerate(rows):
            half = len(flows) // 2 if (low, high) == (0, 0) else len(flows)
            matrix[place, [FLOWS[flow] for flow in flows[:half]]] = 1
            if half < len(flows):
                matrix[place, [FLOWS[flow] for flow in flows[half:]]] = -1
        # That nobody is unobserved before T3 is known from the levels, which lack such a row.
        is_gone = [any(t != "t3" and x == NOT_OBSERVED for t, x in zip(f[:2], f[2:], strict=True)) for f in FLOWS]
        # A test that is released gives both of its counts away, at the worst.
        exact = [
            (flows, truth_of(dyads, flows))
            for row in released["movement_tests"].filter(pl.col("status") == "rounded").iter_rows(named=True)
            for flows in _states(row["from_time"], row["to_time"])
        ]
        known = lil_array((max(len(exact), 1), len(FLOWS)))
        for place, (flows, _) in enumerate(exact):
            known[place, [FLOWS[flow] for flow in flows]] = 1
        values = [value for _, value in exact] or [0]
        self.constraints = [
            LinearConstraint(csr_array(matrix), [row[1] for row in rows], [row[2] for row in rows]),
            LinearConstraint(csr_array(known), values, values),
        ]
        self.bounds = Bounds(0, [0 if gone else FAR for gone in is_gone])

    def attack(self, flows: list[Flow]) -> tuple[int, int]:
        """Both ends."""
        objective = np.zeros(len(FLOWS))
        objective[[FLOWS[flow] for flow in flows]] = 1
        ends = [
            milp(sign * objective, integrality=np.ones(len(FLOWS)), bounds=self.bounds, constraints=self.constraints)
            for sign in (1, -1)
        ]
        return round(ends[0].fun), round(-ends[1].fun)


def _states(before: str, after: str) -> list[list[Flow]]:
    involved = [level for level in CSC_LEVELS if level != "none"]
    return [[(before, after, "none", x) for x in involved], [(before, after, x, "none") for x in involved]]


@pytest.mark.parametrize(("seed", "n"), [(10, 250), (2, 600), (3, 2000)])
def test_attacker_never_narrows_a_hidden_count(seed: int, n: int) -> None:
    dyads = make_dyads(seed, n)
    released = release_of(dyads)
    attacker = Attacker(dyads, released)
    hidden = [flows for flows, _, n_shown, _ in attacker.cells if n_shown is None]
    assert 10 < len(hidden) < len(attacker.cells)
    for flows in hidden:
        low, high = attacker.attack(flows)
        assert low <= truth_of(dyads, flows) <= high
        assert high - low + 1 >= THRESHOLD


@pytest.mark.parametrize("pair", PAIRS)
def test_one_pair_of_times_that_is_of_other_dyads_is_refused(pair: tuple[str, str]) -> None:
    levels, transitions, tests = aggregates_of(make_dyads(2, 600))
    _, others, _ = aggregates_of(make_dyads(3, 600))
    is_pair = pl.col("from_time") == pair[0], pl.col("to_time") == pair[1]
    mixed = transitions.with_columns(n=pl.when(*is_pair).then(others["n"]).otherwise("n"))
    with pytest.raises(DyadlinkError, match="do not add up"):
        protect_movement(levels, mixed, tests, STRICT)


def test_moves_that_no_table_shows_are_no_way_round() -> None:
    dyads = make_dyads(2, 600)
    attacker = Attacker(dyads, release_of(dyads))
    for before, after in PAIRS[1:3]:
        for levels in (CSC_LEVELS[1:4], CSC_LEVELS[4:6], CSC_LEVELS[6:]):
            lower = [
                (before, after, x, y) for x, y in product(levels, levels) if CSC_LEVELS.index(y) < CSC_LEVELS.index(x)
            ]
            low, high = attacker.attack(lower)
            assert high - low + 1 >= THRESHOLD or truth_of(dyads, lower) >= THRESHOLD
