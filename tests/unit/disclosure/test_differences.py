"""Standardised differences: the published formulas on what is shown, and nothing where a share is hidden."""

from __future__ import annotations

import math

import polars as pl
import pytest

from dyadlink.disclosure.counts import protect_counts
from dyadlink.disclosure.differences import standardised_differences
from dyadlink.disclosure.profiles import get_profile

STRICT = get_profile("strict")


def released(**levels: tuple[int, int]) -> pl.DataFrame:
    """The released table by O1: each level's dyads with and without it."""
    totals = (sum(n for n, _ in levels.values()), sum(n for _, n in levels.values()))
    rows = [
        {"table": "characteristics_by_o1", "variable": variable, "level": level, "group": group, "n": n}
        for variable, level, pair in [
            ("total", "total", totals),
            *(("diagnosis_group", level, pair) for level, pair in levels.items()),
        ]
        for group, n in zip(("all", "yes", "no"), (sum(pair), *pair), strict=True)
    ]
    return protect_counts(pl.DataFrame(rows), STRICT)


def differences(**levels: tuple[int, int]) -> dict[str, float | None]:
    told = standardised_differences({"characteristics_by_o1": released(**levels)})
    return dict(told.filter(pl.col("variable") == "diagnosis_group").select("level", "standardised_difference").rows())


def test_of_a_level_it_is_austins() -> None:
    # (.3 - .1) / sqrt((.3 * .7 + .1 * .9) / 2)
    told = differences(depression=(300, 100), other=(700, 900))
    assert told["depression"] == pytest.approx(0.52, abs=0.005)
    assert told["other"] == pytest.approx(-0.52, abs=0.005)


def test_of_two_levels_the_whole_is_either_of_them() -> None:
    told = differences(depression=(300, 100), other=(700, 900))
    assert told["overall"] == abs(told["depression"] or 0)


def test_of_three_levels_the_whole_is_yang_and_daltons() -> None:
    # Shares .5 .3 .2 and .2 .3 .5; the covariance of the last two levels, inverted by hand.
    told = differences(depression=(500, 200), bipolar=(300, 300), other=(200, 500))
    a, b, c = (0.3 * 0.7 + 0.3 * 0.7) / 2, -(0.3 * 0.2 + 0.3 * 0.5) / 2, (0.2 * 0.8 + 0.5 * 0.5) / 2
    apart = (0.0, -0.3)
    squared = (c * apart[0] ** 2 - 2 * b * apart[0] * apart[1] + a * apart[1] ** 2) / (a * c - b * b)
    assert told["overall"] == pytest.approx(math.sqrt(squared), abs=0.005)


def test_it_does_not_matter_which_level_comes_first() -> None:
    one = differences(depression=(500, 200), bipolar=(300, 300), other=(200, 500))
    other = differences(other=(200, 500), bipolar=(300, 300), depression=(500, 200))
    assert one["overall"] == other["overall"]


def test_of_a_hidden_share_nothing_is_told_nor_of_the_whole() -> None:
    told = standardised_differences(
        {"characteristics_by_o1": released(depression=(500, 200), bipolar=(4, 300), other=(496, 500))}
    )
    hidden = told.filter(pl.col("status") == "suppressed_secondary")
    assert "overall" in hidden["level"]
    assert "bipolar" in hidden["level"]
    assert (
        hidden.select("percent_with", "percent_without", "standardised_difference").null_count().row(0)
        == (hidden.height,) * 3
    )


def test_it_is_worked_out_from_what_is_shown() -> None:
    # 304 and 96 of 1000 are shown as 300 and 100.
    assert differences(depression=(304, 96), other=(696, 904)) == differences(depression=(300, 100), other=(700, 900))


def test_groups_that_are_alike_are_no_distance_apart() -> None:
    told = differences(depression=(300, 300), bipolar=(200, 200), other=(500, 500))
    assert set(told.values()) == {0.0}


def test_other_tables_are_left_alone() -> None:
    assert standardised_differences({"outcomes": released(depression=(300, 100), other=(700, 900))}).is_empty()
