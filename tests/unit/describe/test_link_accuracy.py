"""Infants are told apart by what both linked and unlinked have, and pairs by their agreement with the truth."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.describe.counting import pool_small_levels
from dyadlink.describe.link_accuracy import count_accuracy, count_linked
from dyadlink.errors import ContractError

INFANTS = pl.DataFrame(
    {
        "infant_id": ["a", "b", "c", "d", "e"],
        "birth_year": ["2021", "2021", "2022", "2022", "2022"],
        "country": ["England", "England", "England", "Wales", None],
        "la_code": ["201", "201", "202", "512", None],
        "ethnicity": ["white", "white", "black", None, "white"],
        "maternal_age_years": [22, 31, 31, 40, None],
        "maternal_age_band": ["<25", "30-34", "30-34", "35+", None],
        "deprivation_quintile": [1, 1, 2, 5, None],
        "parity": ["0", "1", "2+", "0", "0"],
        "infant_sex": ["female", "male", "female", "male", None],
        "is_preterm": [True, False, None, False, False],
        "is_multiple_birth": [False, False, False, False, True],
    }
)
LINKS = pl.DataFrame(
    {"infant_id": ["a", "a", "b", "c", "x"], "child_key": ["201:1", "202:9", "201:2", "201:3", "201:4"]}
)
IS_LINKED = pl.col("infant_id").is_in(LINKS["infant_id"].implode())
TRUTH = pl.DataFrame(
    {
        "infant_id": ["a", "a", "b", "d", "e", "x"],
        "la_code": ["201", "202", "201", "201", "203", "201"],
        "la_child_id": ["1", "9", "7", "5", "6", "4"],
    }
)


def _counts(frame: pl.DataFrame, variable: str, level: str, by: str) -> dict[str, int]:
    rows = frame.filter(pl.col("variable") == variable, pl.col("level") == level)
    return dict(rows.select(by, "n").iter_rows())


def test_an_infant_with_several_links_is_linked_once() -> None:
    counts = count_linked(INFANTS, LINKS)
    assert _counts(counts, "total", "total", "group") == {"all": 5, "linked": 3, "not_linked": 2}
    assert _counts(counts, "ethnicity", "white", "group") == {"all": 3, "linked": 2, "not_linked": 1}
    assert _counts(counts, "ethnicity", "missing", "group") == {"all": 1, "linked": 0, "not_linked": 1}


def test_age_bands_follow_the_ages_and_years_their_number() -> None:
    counts = count_linked(INFANTS, LINKS)
    for variable, levels in {
        "maternal_age_band": ["<25", "30-34", "35+", "missing"],
        "birth_year": ["2021", "2022"],
    }.items():
        found = counts.filter(pl.col("variable") == variable, pl.col("group") == "all")["level"].to_list()
        assert found == levels


def test_pairs_are_right_missed_or_wrong_and_those_of_other_infants_are_none_of_them() -> None:
    counts = count_accuracy(INFANTS, LINKS, TRUTH)
    # Right: both of a. Missed: b with 201:7, d, e. Wrong: b with 201:2, c. x is no study infant.
    assert _counts(counts, "total", "total", "outcome") == {"right": 2, "missed": 3, "wrong": 2}
    assert _counts(counts, "ethnicity", "white", "outcome") == {"right": 2, "missed": 2, "wrong": 1}
    assert _counts(counts, "ethnicity", "missing", "outcome") == {"right": 0, "missed": 1, "wrong": 0}


def test_a_level_without_any_pair_is_counted_as_none() -> None:
    counts = count_accuracy(INFANTS, LINKS, TRUTH.head(1))
    assert _counts(counts, "parity", "2+", "outcome") == {"right": 0, "missed": 0, "wrong": 1}
    assert _counts(counts, "is_multiple_birth", "yes", "outcome") == {"right": 0, "missed": 0, "wrong": 0}


def test_small_authorities_are_put_together_within_their_country() -> None:
    pooled = pool_small_levels(INFANTS, IS_LINKED, smallest=1)
    # None of the authorities has both a linked and an unlinked infant.
    assert pooled["la_code"].to_list() == ["other_england"] * 3 + ["other_wales", None]
    more = pl.concat([INFANTS, INFANTS.with_columns(infant_id=pl.col("infant_id") + "2")])
    assert pool_small_levels(more, IS_LINKED, smallest=1)["la_code"].to_list()[:4] == [
        "201",
        "201",
        "202",
        "other_wales",
    ]


def test_a_level_that_is_not_listed_is_refused() -> None:
    with pytest.raises(ContractError):
        count_linked(INFANTS.with_columns(ethnicity=pl.lit("green")), LINKS)
