"""Every known profile over whole sets of aggregates: what it shows is rounded as its source asks, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fake_aggregates import make_aggregates

from dyadlink.disclosure import PROFILES, get_profile, protect_all, write_release
from dyadlink.disclosure.counts import protect_counts

# Written from the sources, apart from the package: least count shown, zeros, and what a count is shown as.
ROUNDED: dict[str, tuple[int, bool, Callable[[int], int]]] = {
    "opensafely": (8, True, lambda n: 5 * math.floor(n / 5 + 0.5)),
    "sacro": (10, False, lambda n: 5 * math.floor(n / 5 + 0.5)),
    "nhs_sde": (10, False, lambda n: 5 * math.floor(n / 5 + 0.5)),
    "ukllc": (10, False, lambda n: n),
    "ons_csc": (10, False, lambda n: 10 * math.floor(n / 10 + 0.5)),
    "strict": (10, False, lambda n: 10 * math.floor(n / 10 + 0.5)),
}
MIDPOINT_6 = {0, *range(3, 100_000, 6)}
KEYS = ["table", "variable", "level", "group"]
# Answers of the OpenSAFELY documentation (2026), examples of midpoint 6 and of a table that is redacted and rounded.
MIDPOINTS = {0: 0, 1: 3, 6: 3, 7: 9, 12: 9, 13: 15, 18: 15, 19: 21}
EVENTS, POPULATION = [3, 8, 16, 23], [18, 23, 31, 44]
EVENTS_SHOWN, POPULATION_SHOWN = [None, 10, 15, 25], [20, 25, 30, 45]
TOTALS_SHOWN = {"events": 50, "population": 120}


def test_no_profile_is_forgotten() -> None:
    assert set(ROUNDED) == set(PROFILES)


# `sacro` and `nhs_sde` have the same rules, and so have `ons_csc` and `strict` but for their source.
@pytest.mark.parametrize(
    ("name", "n"), [(name, 278 if name in {"sacro", "ons_csc"} else 3000) for name in ROUNDED] + [("opensafely", 278)]
)
def test_every_profile_takes_all_aggregates_to_a_release(name: str, n: int, tmp_path: Path) -> None:
    profile = get_profile(name)
    aggregates = make_aggregates(n)
    released = protect_all(aggregates, profile)
    context: dict[str, Any] = {"title": "A study", "is_synthetic": True, "profile": profile}
    write_release(released, context, tmp_path / "release")
    least, are_zeros_shown, rounded = ROUNDED[name]
    truth = aggregates["counts"].select(*KEYS, true_n="n")
    counts = [frame for frame in released.values() if set(KEYS) <= set(frame.columns) and "percent" in frame.columns]
    shown = 0
    for row in pl.concat(counts).join(truth, on=KEYS, how="left").iter_rows(named=True):
        n_true = row["true_n"] or 0
        is_small = n_true < least and not (n_true == 0 and are_zeros_shown)
        assert not (is_small and row["n"] is not None)
        if row["n"] is None:
            assert row["status"].startswith("suppressed")
        elif name != "opensafely":
            assert row["n"] == rounded(n_true)
        elif row["group"] != "all" and row["level"] != "total":
            # Its totals may be sums of what is shown; no other count is.
            assert row["n"] == rounded(n_true)
        shown += row["n"] is not None
    assert shown > (50 if n == 278 else 200)


def test_opensafely_counts_beside_curves_are_rounded_to_midpoint_6() -> None:
    midpoint = get_profile("opensafely").for_survival()
    assert {n: midpoint.round_count(n) for n in MIDPOINTS} == MIDPOINTS
    curves = protect_all(make_aggregates(3000), get_profile("opensafely"))["cumulative_incidence"]
    counts = {*curves["n_at_risk"].drop_nulls(), *curves["n_events"].drop_nulls()}
    assert len(counts) > 20
    assert counts <= MIDPOINT_6


def test_a_table_is_redacted_and_rounded_as_opensafely_shows_it() -> None:
    ages = ["21-30", "31-40", "41-50", "51+"]
    rows = [
        (table, variable, level, "all", n)
        for table, counts in (("events", EVENTS), ("population", POPULATION))
        for variable, level, n in [("total", "total", sum(counts)), *zip(["age"] * 4, ages, counts, strict=True)]
    ]
    frame = pl.DataFrame(rows, schema=[*KEYS, "n"], orient="row")
    released = protect_counts(frame, get_profile("opensafely"))
    population = released.filter(pl.col("table") == "population", pl.col("variable") == "age")
    assert population["n"].to_list() == POPULATION_SHOWN
    totals = released.filter(pl.col("variable") == "total")
    assert totals.filter(pl.col("table") == "population")["n"].item() == TOTALS_SHOWN["population"]
    assert totals.filter(pl.col("table") == "events")["n"].item() == TOTALS_SHOWN["events"]
    # OpenSAFELY's own example hides the 3 alone: 50 less what is shown leaves 0 to 7 for it, and 3 is not pinned.
    events = released.filter(pl.col("table") == "events", pl.col("variable") == "age")
    shown = dict(zip(EVENTS_SHOWN, events["n"], strict=True))
    assert shown.pop(None) is None
    assert all(n in {None, answer} for answer, n in shown.items())
