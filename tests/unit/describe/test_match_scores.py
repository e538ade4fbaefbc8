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
        "weighed_probability": [1.0, 0.95, 0.004, 0.8, 0.001, 0.001],
    }
)
TRUTH = pl.DataFrame({"infant_id": ["a", "c", "z"], "la_code": "201", "la_child_id": ["1", "4", "9"]})


def _grid(**changes: object) -> dict[float, dict[str, float]]:
    given = {"scored_pairs": PAIRS, "threshold": 0.9, "probabilistic_step": "probabilistic"}
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


def test_expected_links_are_the_sum_of_weighed_probabilities() -> None:
    grid = _grid()
    assert {at: row["expected_right"] for at, row in grid.items()} == pytest.approx({0.5: 2.75, 0.9: 1.95, 0.99: 1.0})
    assert [row["expected_true"] for row in grid.values()] == pytest.approx([2.756] * 3)


def test_a_link_of_the_ladder_stands_however_unlikely() -> None:
    unlikely = PAIRS.with_columns(weighed_probability=pl.lit(0.01))
    assert {at: row["n_links"] for at, row in _grid(scored_pairs=unlikely).items()} == {0.5: 1, 0.9: 2, 0.99: 1}


def test_at_the_threshold_of_the_study_stand_the_links_that_it_made() -> None:
    # Below a half a pair can reach the threshold and not be the best of its two.
    low = PAIRS.with_columns(weighed_probability=pl.Series([1.0, 0.45, 0.44, 0.43, 0.001, 0.001]))
    assert _grid(scored_pairs=low, threshold=0.4)[0.4]["n_links"] == PAIRS["step"].count()


def test_on_real_records_nothing_is_right_or_wrong() -> None:
    row = _grid(truth=None)[0.9]
    assert (row["n_right"], row["n_true"]) == (None, None)
