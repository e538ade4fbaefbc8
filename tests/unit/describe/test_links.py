"""Links are counted by their strictest step."""

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


def test_a_step_that_is_not_listed_is_refused() -> None:
    with pytest.raises(ContractError):
        count_links(INFANTS, LINKS.with_columns(step=pl.lit("guessed")), STEPS)
