"""Links are counted by their strictest step, and pairs by their agreement with the truth."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.describe.links import count_links
from dyadlink.errors import ContractError

STEPS = ("exact", "near", "probabilistic")
INFANTS = pl.DataFrame(
    {"infant_id": ["a", "b", "c", "d", "e"], "infant_ethnic_group": ["white", "white", "black", None, "white"]}
)
LINKS = pl.DataFrame(
    {
        "infant_id": ["a", "a", "b", "c", "x"],
        "child_key": ["201:1", "202:9", "201:2", "201:3", "201:4"],
        "step": ["near", "exact", "probabilistic", "near", "exact"],
    }
)
TRUTH = pl.DataFrame(
    {
        "infant_id": ["a", "a", "b", "d", "e", "x"],
        "la_code": ["201", "202", "201", "201", "203", "201"],
        "la_child_id": ["1", "9", "7", "5", "6", "4"],
    }
)


def _n(counts: pl.DataFrame, level: str, group: str = "all") -> int:
    return int(counts.filter(pl.col("level") == level, pl.col("group") == group).get_column("n").item())


def test_an_infant_counts_once_under_the_strictest_of_its_steps() -> None:
    counts = count_links(INFANTS, LINKS, STEPS)
    assert {level: _n(counts, level) for level in (*STEPS, "not_linked", "total")} == {
        "exact": 1,
        "near": 1,
        "probabilistic": 1,
        "not_linked": 2,
        "total": 5,
    }


def test_groups_are_the_infants_own_and_the_unrecorded_are_one_of_them() -> None:
    counts = count_links(INFANTS, LINKS, STEPS)
    assert set(counts["group"]) == {"all", "white", "black", "not_recorded"}
    assert _n(counts, "not_linked", "not_recorded") == 1
    assert _n(counts, "near", "black") == 1


def test_pairs_of_the_study_infants_give_recall_and_precision() -> None:
    counts = count_links(INFANTS, LINKS, STEPS, TRUTH).filter(pl.col("table") == "linkage_against_truth")
    # Right: both of a. Wrong: b with 201:2, c. Missed: b with 201:7, d, e. x is no study infant.
    assert counts.select("variable", "level", "group", "n").rows() == [
        ("true_links", "total", "all", 5),
        ("true_links", "found", "all", 2),
        ("true_links", "missed", "all", 3),
        ("links_made", "total", "all", 4),
        ("links_made", "right", "all", 2),
        ("links_made", "wrong", "all", 2),
    ]


def test_without_a_truth_there_is_no_comparison() -> None:
    assert set(count_links(INFANTS, LINKS, STEPS)["table"]) == {"linkage"}


def test_a_step_that_is_not_listed_is_refused() -> None:
    with pytest.raises(ContractError):
        count_links(INFANTS, LINKS.with_columns(step=pl.lit("guessed")), STEPS)
