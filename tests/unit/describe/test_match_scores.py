"""Match weights in bands, and what other thresholds would have linked."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.describe.match_scores import count_match_weights, grid_of_thresholds

PAIRS = pl.DataFrame(
    {
        "infant_id": ["a", "b", "b", "c", "d", "e"],
        "child_key": ["201:1", "201:2", "201:3", "201:4", "202:5", "202:6"],
        "step": ["names", "probabilistic", None, None, None, None],
        "match_weight": [45.0, 6.0, -3.0, 2.0, -10.0, -10.1],
        "match_probability": [1.0, 0.96, 0.1, 0.8, 0.001, 0.001],
    }
)
LINKS = pl.DataFrame({"infant_id": ["a", "b"], "child_key": ["201:1", "201:2"], "step": ["names", "probabilistic"]})
TRUTH = pl.DataFrame({"infant_id": ["a", "c", "z"], "la_code": "201", "la_child_id": ["1", "4", "9"]})


def _grid(**changes: object) -> dict[float, dict[str, float]]:
    given = {"links": LINKS, "scored_pairs": PAIRS, "threshold": 0.9, "probabilistic_step": "probabilistic"}
    grid = grid_of_thresholds(**{**given, "truth": TRUTH, "thresholds": (0.5, 0.99), **changes})  # type: ignore[arg-type]
    return {row["threshold"]: row for row in grid.iter_rows(named=True)}


def test_a_weight_on_an_edge_is_in_the_band_above() -> None:
    counts = count_match_weights(PAIRS).filter(pl.col("n") > 0)
    told = {(variable, level): n for variable, level, n in counts.select("variable", "level", "n").iter_rows()}
    assert told == {
        ("links", "total"): 2,
        ("links", "5 to 10"): 1,
        ("links", "40 and more"): 1,
        ("other_pairs", "total"): 4,
        ("other_pairs", "below -10"): 1,
        ("other_pairs", "-10 to -5"): 1,
        ("other_pairs", "-5 to 0"): 1,
        ("other_pairs", "0 to 5"): 1,
    }


def test_without_a_scored_pair_there_is_no_histogram_and_no_grid() -> None:
    assert count_match_weights(PAIRS.clear()).is_empty()
    assert _grid(scored_pairs=PAIRS.clear()) == {}


def test_exact_links_stand_at_every_threshold_and_others_come_and_go() -> None:
    grid = _grid()
    assert {at: row["n_links"] for at, row in grid.items()} == {0.5: 3, 0.9: 2, 0.99: 1}
    assert {at: row["n_right"] for at, row in grid.items()} == {0.5: 2, 0.9: 1, 0.99: 1}
    assert {row["n_true"] for row in grid.values()} == {3}


def test_a_pair_counts_for_less_where_another_may_be_the_true_one() -> None:
    # b has two records in one authority, of which one at most is true: odds 24 and 1/9.
    expected = 1e15 / (1 + 1e15) + 24 / (1 + 24 + 1 / 9)
    assert _grid()[0.9]["expected_right"] == pytest.approx(expected)
    both = expected + (1 / 9) / (1 + 24 + 1 / 9) + 0.8 + 0.002
    assert _grid()[0.9]["expected_true"] == pytest.approx(both, abs=1e-5)


def test_two_records_that_cannot_be_told_apart_link_nobody() -> None:
    twice = pl.concat([PAIRS, PAIRS.filter(infant_id="c").with_columns(child_key=pl.lit("201:8"))])
    assert _grid(scored_pairs=twice)[0.5]["n_links"] == 2


def test_a_pair_that_the_linkage_refused_is_not_brought_back() -> None:
    refused = PAIRS.with_columns(
        match_probability=pl.when(pl.col("infant_id") == "c").then(0.97).otherwise("match_probability")
    )
    assert _grid(scored_pairs=refused)[0.9]["n_links"] == 2
    assert _grid(scored_pairs=refused)[0.5]["n_links"] == 2


def test_on_real_records_nothing_is_right_or_wrong() -> None:
    row = _grid(truth=None)[0.9]
    assert (row["n_right"], row["n_true"]) == (None, None)
