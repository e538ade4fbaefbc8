"""Each check is counted among the links of which it can be told."""

from __future__ import annotations

import polars as pl

from dyadlink.describe.link_checks import count_link_checks

CHECKS = pl.DataFrame(
    {
        "infant_id": ["a", "b", "c", "d"],
        "child_key": ["1", "2", "3", "4"],
        "is_involved_before_pregnancy": [True, False, False, False],
        "is_involved_after_death": [True, None, None, False],
        "is_dead_in_one_record": [None, None, True, False],
        "has_other_ethnicity": [None, True, False, False],
    }
)


def _counts(frame: pl.DataFrame, variable: str) -> tuple[int, ...]:
    return tuple(frame.filter(pl.col("variable") == variable)["n"])


def test_a_link_that_fails_twice_is_impossible_once() -> None:
    counts = count_link_checks(CHECKS)
    assert _counts(counts, "is_impossible") == (4, 1, 3)
    assert _counts(counts, "is_involved_before_pregnancy") == (4, 1, 3)


def test_links_of_which_a_check_cannot_be_told_are_not_among_its_total() -> None:
    counts = count_link_checks(CHECKS)
    assert _counts(counts, "is_involved_after_death") == (2, 1, 1)
    assert _counts(counts, "has_other_ethnicity") == (3, 1, 2)


def test_what_is_merely_implausible_is_not_impossible() -> None:
    assert _counts(count_link_checks(CHECKS.filter(infant_id="c")), "is_impossible") == (1, 0, 1)


def test_controls_are_infants_of_their_own() -> None:
    controls = pl.DataFrame({"infant_id": ["a", "b", "c"], "is_linked": [False, True, False]})
    assert _counts(count_link_checks(CHECKS, controls), "is_linked_to_control") == (3, 1, 2)
