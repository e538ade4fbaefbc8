"""Counts under two definitions must not tell of the few dyads between them."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.disclosure.alternatives import protect_alternatives
from dyadlink.disclosure.profiles import get_profile

STRICT = get_profile("strict")


def counts(**tables: tuple[int, int]) -> pl.DataFrame:
    """Dyads with and without O4 in each table."""
    rows = [
        {"table": table, "variable": variable, "level": level, "group": "all", "n": n}
        for table, (yes, no) in tables.items()
        for variable, level, n in (("total", "total", yes + no), ("o4", "yes", yes), ("o4", "no", no))
    ]
    return pl.DataFrame(rows)


def released(**tables: tuple[int, int]) -> dict[tuple[str, str], int | None]:
    frame = protect_alternatives(counts(**tables), STRICT)
    hidden = frame.filter(pl.col("status").str.starts_with("suppressed"))
    assert hidden.select("n", "percent").null_count().row(0) == (hidden.height, hidden.height)
    return {(row["alternative"], f"{row['variable']} {row['level']}"): row["n"] for row in frame.to_dicts()}


def test_an_alternative_that_moves_many_is_shown_rounded() -> None:
    assert released(study=(100, 900), strict=(63, 937)) == {
        ("strict", "total total"): 1000,
        ("strict", "o4 yes"): 60,
        ("strict", "o4 no"): 940,
    }


@pytest.mark.parametrize(("moved", "is_shown"), [(0, False), (1, False), (9, False), (10, True)])
def test_fewer_than_the_threshold_moved_hide_the_outcome(moved: int, *, is_shown: bool) -> None:
    found = released(study=(100, 900), strict=(100 - moved, 900 + moved))
    assert (found["strict", "o4 yes"] is not None) == is_shown
    assert (found["strict", "o4 no"] is not None) == is_shown
    assert found["strict", "total total"] == 1000


@pytest.mark.parametrize(("fewer", "is_shown"), [(1, False), (9, False), (10, True)])
def test_a_few_dyads_fewer_hide_the_whole_alternative(fewer: int, *, is_shown: bool) -> None:
    found = released(study=(100, 900), gap=(100 - fewer, 900))
    assert (found["gap", "total total"] is not None) == is_shown
    assert (found["gap", "o4 yes"] is not None) == is_shown


def test_small_counts_are_hidden_as_everywhere() -> None:
    # Of two parts the other one is shown: rounded with its total it leaves 0 to 9 for the small one.
    found = released(study=(100, 900), strict=(4, 996))
    assert (found["strict", "o4 yes"], found["strict", "o4 no"]) == (None, 1000)
    assert released(study=(100, 900), strict=(4, 899))["strict", "o4 no"] == 900


def test_the_study_itself_is_not_released_here() -> None:
    assert {name for name, _ in released(study=(100, 900), strict=(63, 937))} == {"strict"}
