"""No reader of a release can narrow a hidden count: an attacker written apart from the package tries.

The attacker sees the released rows alone: it knows the threshold, the rounding, what the statuses mean, and
which rows add up to which.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from dyadlink.disclosure import get_profile, protect_all
from dyadlink.disclosure.counts import protect_counts

STRICT = get_profile("strict")
THRESHOLD = 10
FAR = 2000
# Small counts are where the danger is, so they are drawn most often.
COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 30), st.integers(0, 300))

Key = tuple[str, str, str]


@st.composite
def count_tables(draw: st.DrawFn) -> pl.DataFrame:
    """One or two variables of two to four levels, in two or three groups that add up to 'all'."""
    groups = ["a", "b", "c"][: draw(st.integers(2, 3))]
    first = {level: [draw(COUNTS) for _ in groups] for level in "pqrs"[: draw(st.integers(2, 4))]}
    totals = [sum(column) for column in zip(*first.values(), strict=True)]
    variables = {"total": {"total": totals}, "first": first}
    if draw(st.booleans()):
        # A second variable shares the totals: split each of them anew.
        yes = [draw(st.integers(0, total)) for total in totals]
        no = [total - part for total, part in zip(totals, yes, strict=True)]
        variables["second"] = {"yes": yes, "no": no}
    rows = [
        ("t", variable, level, group, n)
        for variable, levels in variables.items()
        for level, counts in levels.items()
        for group, n in [*zip(groups, counts, strict=True), ("all", sum(counts))]
    ]
    return pl.DataFrame(rows, schema=["table", "variable", "level", "group", "n"], orient="row")


def sums_of(keys: list[Key]) -> list[tuple[Key, list[Key]]]:
    """What a reader knows: groups add up to 'all', and levels to the total of their group."""
    groups = sorted({group for _, _, group in keys} - {"all"})
    levels = sorted({(variable, level) for variable, level, _ in keys})
    across = [((v, level, "all"), [(v, level, g) for g in groups]) for v, level in levels]
    down = [
        (("total", "total", g), [(v, level, g) for v, level in levels if v == variable])
        for variable, g in product({v for v, _ in levels} - {"total"}, [*groups, "all"])
    ]
    return across + down


def bounds_of(released: pl.DataFrame) -> dict[Key, tuple[int, int]]:
    """What each released row says of its own count. Reasons, where told at all, are taken at their word."""
    told = set(released.filter(pl.col("status") == "suppressed_primary").get_column("variable"))
    bounds = {}
    for row in released.iter_rows(named=True):
        key = (row["variable"], row["level"], row["group"])
        if row["n"] is not None:
            bounds[key] = (max(row["n"] - 5, THRESHOLD), row["n"] + 4)
        elif row["status"] == "suppressed_primary":
            bounds[key] = (0, THRESHOLD - 1)
        else:
            # Where a variable tells its reasons, a cell hidden for another's sake is itself not small.
            bounds[key] = (THRESHOLD if row["variable"] in told else 0, FAR)
    return bounds


def attack(bounds: dict[Key, tuple[int, int]], sums: list[tuple[Key, list[Key]]], target: Key) -> tuple[int, int]:
    """The least and greatest count of the target in any table that fits the release."""
    keys = list(bounds)
    matrix = np.zeros((len(sums), len(keys)))
    for row, (total, parts) in enumerate(sums):
        matrix[row, keys.index(total)] -= 1
        for part in parts:
            matrix[row, keys.index(part)] += 1
    ends = []
    for sign in (1, -1):
        objective = np.zeros(len(keys))
        objective[keys.index(target)] = sign
        solution = milp(
            objective,
            integrality=np.ones(len(keys)),
            bounds=Bounds([low for low, _ in bounds.values()], [high for _, high in bounds.values()]),
            constraints=LinearConstraint(matrix, 0, 0),
        )
        ends.append(round(sign * solution.fun))
    return ends[0], ends[1]


@settings(max_examples=60, deadline=None)
@given(count_tables())
def test_attacker_never_narrows_a_hidden_count(counts: pl.DataFrame) -> None:
    released = protect_counts(counts, STRICT)
    bounds = bounds_of(released)
    sums = sums_of(list(bounds))
    truth = {(row["variable"], row["level"], row["group"]): row["n"] for row in counts.iter_rows(named=True)}
    for row in released.filter(pl.col("n").is_null()).iter_rows(named=True):
        key = (row["variable"], row["level"], row["group"])
        low, high = attack(bounds, sums, key)
        assert low <= truth[key] <= high
        assert high - low + 1 >= THRESHOLD


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 18), min_size=4, max_size=4))
def test_no_two_by_two_table_can_be_enumerated(cells: list[int]) -> None:
    frame = two_by_two(cells)
    released = protect_counts(frame, STRICT)
    bounds = bounds_of(released)
    shown = set(released.drop_nulls("n").select("variable", "level", "group").iter_rows())
    # Every table of four counts up to 35, tried one by one: no solver to be wrong.
    inner = np.array(list(product(range(36), repeat=2)), dtype=np.int16)
    first = np.repeat(inner, len(inner), axis=0)
    second = np.tile(inner, (len(inner), 1))
    columns: dict[Key, np.ndarray] = {
        ("v", "yes", "a"): first[:, 0],
        ("v", "yes", "b"): first[:, 1],
        ("v", "no", "a"): second[:, 0],
        ("v", "no", "b"): second[:, 1],
    }
    for level in ("yes", "no"):
        columns["v", level, "all"] = columns["v", level, "a"] + columns["v", level, "b"]
    for group in ("a", "b", "all"):
        columns["total", "total", group] = columns["v", "yes", group] + columns["v", "no", group]
    fits = np.ones(len(first), dtype=bool)
    for key, (low, high) in bounds.items():
        fits &= (columns[key] >= low) & (columns[key] <= high)
    for key in bounds:
        if key not in shown:
            values = columns[key][fits]
            assert values.max() - values.min() + 1 >= THRESHOLD


def two_by_two(cells: list[int]) -> pl.DataFrame:
    yes_a, yes_b, no_a, no_b = cells
    counts = {
        ("v", "yes"): (yes_a, yes_b),
        ("v", "no"): (no_a, no_b),
        ("total", "total"): (yes_a + no_a, yes_b + no_b),
    }
    rows = [
        ("t", variable, level, group, n)
        for (variable, level), (a, b) in counts.items()
        for group, n in (("a", a), ("b", b), ("all", a + b))
    ]
    return pl.DataFrame(rows, schema=["table", "variable", "level", "group", "n"], orient="row")


@settings(max_examples=60, deadline=None)
@given(count_tables())
def test_what_is_shown_is_rounded_and_percentages_come_from_it(counts: pl.DataFrame) -> None:
    released = protect_counts(counts, STRICT)
    truth = counts.select("variable", "level", "group", true_n="n")
    joined = released.join(truth, on=["variable", "level", "group"])
    shown = joined.filter(pl.col("n").is_not_null())
    assert (shown.get_column("true_n") >= THRESHOLD).all()
    assert (shown.get_column("n") == (shown.get_column("true_n") + 5) // 10 * 10).all()
    assert joined.filter(pl.col("true_n") < THRESHOLD).get_column("n").null_count() == (
        joined.filter(pl.col("true_n") < THRESHOLD).height
    )
    totals = {r["group"]: r["n"] for r in released.filter(pl.col("variable") == "total").iter_rows(named=True)}
    for row in released.iter_rows(named=True):
        total = totals[row["group"]]
        is_known = row["n"] is not None and total is not None
        exact = Fraction(1000 * row["n"], total) + Fraction(1, 2) if is_known else None
        assert row["percent"] == (None if exact is None else exact.numerator // exact.denominator / 10)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), max_size=3), min_size=1, max_size=4), st.integers(10, 300))
def test_flow_boxes_give_no_exclusion_away(exclusions: list[list[int]], last: int) -> None:
    steps = [("box", last + sum(map(sum, exclusions)))]
    for some in exclusions:
        steps += [("exclusion", n) for n in some]
        steps.append(("box", steps[0][1] - sum(n for kind, n in steps if kind == "exclusion")))
    flow = pl.DataFrame(
        [(i, f"step {i}", kind, n) for i, (kind, n) in enumerate(steps)],
        schema=["order", "step", "kind", "n"],
        orient="row",
    )
    released = protect_all({"cohort_flow": flow}, STRICT)["cohort_flow"]
    rows = released.with_columns(variable=pl.lit("flow"), level=pl.col("order").cast(pl.String), group=pl.lit("all"))
    bounds = bounds_of(rows)
    keys = list(bounds)
    boxes = [i for i, (kind, _) in enumerate(steps) if kind == "box"]
    sums = [(keys[start], keys[start + 1 : end + 1]) for start, end in pairwise(boxes)]
    for key, n in zip(keys, released.get_column("n"), strict=True):
        if n is None:
            low, high = attack(bounds, sums, key)
            assert high - low + 1 >= THRESHOLD
