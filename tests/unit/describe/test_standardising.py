"""Each rule of standardising is counted among the records of its side."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.describe.standardising import count_standardising
from dyadlink.disclosure import Profile, get_profile, protect_all
from dyadlink.errors import ContractError

ROWS = [
    ("left", "postcode_pseudo", 12),
    ("left", "records", 100),
    ("left", "surname_rewritten", 3),
    ("right", "postcode_pseudo", 40),
    ("right", "records", 900),
    ("right", "surname_rewritten", 60),
]
STANDARDISING = pl.DataFrame(ROWS, schema=["side", "rule", "n"], orient="row")


def test_a_rule_has_those_it_met_and_the_others_on_each_side() -> None:
    counts = count_standardising(STANDARDISING).filter(pl.col("variable") == "postcode_pseudo")
    assert counts.select("level", "group", "n").rows() == [
        ("total", "all", 1000),
        ("total", "infants", 100),
        ("total", "child_records", 900),
        ("yes", "all", 52),
        ("yes", "infants", 12),
        ("yes", "child_records", 40),
        ("no", "all", 948),
        ("no", "infants", 88),
        ("no", "child_records", 860),
    ]


def test_the_number_of_records_is_no_rule_of_its_own() -> None:
    assert "records" not in set(count_standardising(STANDARDISING)["variable"])


def test_few_records_are_hidden() -> None:
    # Counts that are not rounded: nothing else hides a lone one.
    unrounded: Profile = get_profile("ukllc")
    told = protect_all({"counts": count_standardising(STANDARDISING)}, unrounded)["standardising"]
    few = told.filter(pl.col("variable") == "surname_rewritten", pl.col("level") == "yes")
    assert dict(few.select("group", "n").iter_rows())["infants"] is None
    # Nor can it be had as the difference of the two sides and all.
    assert few["n"].null_count() >= 2


@pytest.mark.parametrize("rows", [[("left", "postcode_pseudo", 101), ("left", "records", 100)], ROWS[:1]])
def test_more_records_than_there_are_or_an_unknown_number_is_refused(rows: list[tuple[str, str, int]]) -> None:
    with pytest.raises(ContractError):
        count_standardising(pl.DataFrame(rows, schema=["side", "rule", "n"], orient="row"))
