"""Released quality of links: rates from what is shown, small errors hidden, no difference of two rows too small."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.disclosure import Profile, protect_all
from dyadlink.disclosure.checks import check_release_table
from dyadlink.disclosure.link_quality import (
    protect_accuracy,
    protect_model,
    protect_review,
    protect_thresholds,
)


def _accuracy(counts: dict[tuple[str, str], tuple[int, int, int]]) -> pl.DataFrame:
    rows = [
        (variable, level, outcome, n)
        for (variable, level), three in counts.items()
        for outcome, n in zip(("right", "missed", "wrong"), three, strict=True)
    ]
    return pl.DataFrame(rows, schema=["variable", "level", "outcome", "n"], orient="row")


def _shown(frame: pl.DataFrame, level: str) -> dict[str, int | None]:
    return dict(frame.filter(pl.col("level") == level).select("outcome", "n").iter_rows())


def test_rates_follow_from_the_rounded_counts(strict: Profile) -> None:
    tables = protect_accuracy(_accuracy({("total", "total"): (1403, 211, 38)}), strict)
    assert _shown(tables["linkage_accuracy"], "total") == {"right": 1400, "missed": 210, "wrong": 40}
    row = tables["linkage_accuracy_rates"].row(0, named=True)
    assert row["recall"] == pytest.approx(100 * 1400 / 1610, abs=0.05)
    assert row["precision"] == pytest.approx(100 * 1400 / 1440, abs=0.05)
    assert row["f1"] == pytest.approx(100 * 2800 / (2800 + 210 + 40), abs=0.05)
    assert row["precision_at_least"] is None


def test_few_wrong_links_are_hidden_and_a_bound_is_given_that_any_small_count_keeps(strict: Profile) -> None:
    bounds = set()
    for n_wrong in range(10):
        tables = protect_accuracy(_accuracy({("total", "total"): (503, 60, n_wrong)}), strict)
        row = tables["linkage_accuracy_rates"].row(0, named=True)
        assert row["precision"] is None
        assert row["f1"] is None
        assert 100 * 503 / (503 + n_wrong) >= row["precision_at_least"]
        bounds.add(row["precision_at_least"])
    # The bound is the same whatever is hidden.
    assert len(bounds) == 1


def test_a_hidden_count_cannot_be_taken_from_the_total(unrounded: Profile) -> None:
    counts = {
        ("total", "total"): (900, 100, 35),
        ("infant_sex", "female"): (450, 50, 4),
        ("infant_sex", "male"): (450, 50, 31),
    }
    shown = protect_accuracy(_accuracy(counts), unrounded)["linkage_accuracy"]
    assert _shown(shown, "female")["wrong"] is None
    assert _shown(shown, "male")["wrong"] is None
    assert _shown(shown, "total")["wrong"] == 35


def _grid(n_links: list[int], n_right: list[int] | None = None, study: int = -1) -> pl.DataFrame:
    size = len(n_links)
    return pl.DataFrame(
        {
            "threshold": [0.5 + 0.1 * i for i in range(size)],
            "is_study": [row == study for row in range(size)],
            "n_links": n_links,
            "expected_right": [0.97 * n for n in n_links],
            "expected_true": [1100.0] * size,
            "n_right": n_right or [None] * size,
            "n_true": [None if n_right is None else 1100] * size,
        },
        schema_overrides={"n_right": pl.Int64, "n_true": pl.Int64},
    )


def test_a_row_too_near_to_the_next_one_is_hidden(strict: Profile) -> None:
    told = protect_thresholds(_grid([1000, 991, 985, 950]), strict)
    assert told["n"].to_list() == [1000, None, 990, 950]
    assert told["status"].to_list() == ["rounded", "suppressed_secondary", "rounded", "rounded"]
    assert told["expected_precision"].to_list() == [0.97, None, 0.97, 0.97]


def test_the_row_of_the_study_is_shown_before_others(strict: Profile) -> None:
    told = protect_thresholds(_grid([1000, 991, 985, 950], study=1), strict)
    assert told["n"].to_list() == [None, 990, None, 950]


def test_too_few_wrong_links_hide_the_precision_and_not_the_recall(strict: Profile) -> None:
    told = protect_thresholds(_grid([1000, 950, 900], [960, 944, 897]), strict)
    assert told["precision"].to_list() == [0.96, None, None]
    assert told["recall"].to_list() == pytest.approx([960 / 1100, 940 / 1100, 900 / 1100], abs=5e-4)


def test_on_real_records_the_grid_has_expected_values_alone(strict: Profile) -> None:
    told = protect_thresholds(_grid([1000, 900]), strict)
    assert told["precision"].null_count() == told["recall"].null_count() == 2
    assert told["expected_recall"].to_list() == [0.882, 0.794]


def _review(n_match: int, n_no_match: int, estimate: float | None = 0.9444) -> pl.DataFrame:
    ends = (None, None) if estimate is None else (0.911, 0.977)
    row = ("precision", "left_out", estimate, *ends, n_match, n_no_match)
    names = ["quantity", "cannot_tell", "estimate", "conf_low", "conf_high", "n_match", "n_no_match"]
    return pl.DataFrame([row], schema=names, orient="row", schema_overrides=dict.fromkeys(names[2:5], pl.Float64))


def test_a_reviewed_share_of_few_pairs_on_either_side_is_hidden(strict: Profile) -> None:
    assert protect_review(_review(150, 10), strict).row(0) == ("precision", "left_out", "shown", 0.94, 0.91, 0.98)
    for few in ((150, 9), (9, 150), (150, 0)):
        told = protect_review(_review(*few), strict).row(0, named=True)
        assert (told["status"], told["estimate"], told["conf_low"]) == ("suppressed_primary", None, None)


def test_an_estimate_that_does_not_exist_says_so(strict: Profile) -> None:
    assert protect_review(_review(150, 20, None), strict).item(0, "status") == "not_estimable"


MODEL = pl.DataFrame(
    {
        "comparison": ["prior", "sex", "sex"],
        "agreement": [0, 1, 0],
        "level": ["two records taken at random", "same", "all other"],
        "m": [1.234567e-5, 0.998, 0.0020001],
        "u": [0.9999876, 0.5, 0.5],
        "weight": [-16.3056, 0.9971, -7.96],
    }
)


def test_every_table_of_link_quality_passes_the_door(strict: Profile) -> None:
    released = protect_all(
        {
            "linkage_accuracy": _accuracy({("total", "total"): (1403, 211, 38)}),
            "threshold_grid": _grid([1000, 900], [950, 880]),
            "linkage_model": MODEL,
            "review_estimates": _review(150, 20),
        },
        strict,
    )
    assert set(released) == {
        "linkage_accuracy",
        "linkage_accuracy_rates",
        "threshold_grid",
        "linkage_model",
        "review_estimates",
    }
    for name, table in released.items():
        check_release_table(name, table, strict)


def test_no_share_of_links_tells_how_few_are_at_a_level(strict: Profile) -> None:
    # Of 1,400 links 2.8 differ in sex: steps of .0075 are 10.5 links.
    told = protect_model(MODEL, 1_400, strict)
    assert told["m"].to_list() == [1.2e-5, 0.9975, None]
    assert told["weight"].to_list() == [-16.3, 0.996, None]
    assert told["status"].to_list() == ["shown", "shown", "suppressed_primary"]
    assert protect_model(MODEL, 30_000, strict)["m"].to_list() == [1.2e-5, 0.998, 0.002]
    # How many links there are is not known where nobody counts them.
    assert protect_model(MODEL, 0, strict)["m"].to_list() == [1.2e-5, None, None]


def test_what_a_study_does_not_have_is_not_released(strict: Profile) -> None:
    empty = {"linkage_accuracy": _accuracy({}), "linkage_model": MODEL.clear(), "threshold_grid": _grid([])}
    assert protect_all(empty, strict) == {}
