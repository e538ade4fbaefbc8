"""Leave-one-out ranges, performance and prediction at their boundaries: no count, no authority, nothing narrowed."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from dyadlink.disclosure import get_profile
from dyadlink.disclosure.checks import check_release_table
from dyadlink.disclosure.robustness import protect_leave_one_out, protect_performance, protect_prediction
from dyadlink.estimates import LeaveOneOut, Performance, PredictionMeasures

STRICT = get_profile("strict")
MODEL = {"model": "o1_logistic", "outcome": "o1", "family": "logistic", "population": "all", "n_parameters": 13}
RANGE: dict[str, Any] = MODEL | {
    "term": "is_single",
    "level": "yes",
    "reference": "no",
    "estimate": 0.4567,
    "least": 0.30712,
    "greatest": 0.51234,
    "n_groups": 10,
    "n_fits": 10,
    "n_changed": 0,
    "n_least": 500,
    "n_least_outcome": 10,
    "n_smallest": 10,
    "note": "",
}
FIGURES: dict[str, Any] = MODEL | {
    "measure": "c_statistic",
    "apparent": 0.71349,
    "conf_low": 0.69664,
    "conf_high": 0.74304,
    "optimism": 0.01258,
    "corrected": 0.70091,
    "resamples": 193,
    "n": 200,
    "n_events": 10,
    "note": "resamples without an estimate are left out",
}


def _range(**changes: Any) -> dict[str, Any]:
    frame = pl.DataFrame([RANGE | changes], schema=LeaveOneOut.create_empty().schema)
    released = protect_leave_one_out(frame, STRICT)
    check_release_table("leave_one_out", released, STRICT)
    return released.row(0, named=True)


def _performance(**changes: Any) -> dict[str, Any]:
    frame = pl.DataFrame([FIGURES | changes], schema=Performance.create_empty().schema)
    released = protect_performance(frame, STRICT)
    check_release_table("performance", released, STRICT)
    return released.row(0, named=True)


def test_a_range_is_rounded_and_tells_no_count_and_no_authority() -> None:
    row = _range()
    assert row["status"] == "shown"
    assert (row["least"], row["greatest"]) == (0.31, 0.51)
    assert (row["ratio_least"], row["ratio_greatest"]) == (1.36, 1.67)
    assert not [column for column in row if column.startswith("n") or column in {"la_code", "estimate", "note"}]


@pytest.mark.parametrize(
    "changes",
    [
        {"n_smallest": 9},
        {"n_least_outcome": 9},
        {"n_least": 22},
        {"n_groups": 9, "n_fits": 9},
        {"n_fits": 9},
        {
            "least": None,
            "greatest": None,
            "n_fits": 0,
            "note": "the authority of some dyads is not told by their route",
        },
    ],
)
def test_a_range_is_hidden_below_a_boundary_and_does_not_tell_which(changes: dict[str, Any]) -> None:
    row = _range(**changes)
    assert row["status"] == "suppressed_primary"
    assert [row[name] for name in ("least", "greatest", "ratio_least", "ratio_greatest", "changed")] == [None] * 5


def test_a_number_has_no_level_to_be_thin() -> None:
    assert _range(level="", reference="", n_smallest=None)["status"] == "shown"


@pytest.mark.parametrize(
    ("n_changed", "n_groups", "words"),
    [
        (0, 40, "never"),
        (1, 11, "under_a_tenth"),
        (1, 10, "a_tenth_to_half"),
        (20, 40, "a_tenth_to_half"),
        (21, 40, "over_half"),
    ],
)
def test_how_often_the_interval_changes_sides_is_told_in_words(n_changed: int, n_groups: int, words: str) -> None:
    assert _range(n_changed=n_changed, n_groups=n_groups, n_fits=n_groups)["changed"] == words


def test_what_rounds_to_nothing_has_no_sign() -> None:
    assert str(_range(least=-0.0049)["least"]) == "0.0"
    assert str(_performance(optimism=-0.0004)["optimism"]) == "0.0"


def test_performance_is_rounded_and_tells_no_count_of_resamples() -> None:
    row = _performance()
    assert row["status"] == "shown"
    assert [row[name] for name in ("apparent", "conf_low", "optimism", "corrected")] == [0.713, 0.697, 0.013, 0.701]
    assert not {"resamples", "note", "n", "n_events"} & set(row)


@pytest.mark.parametrize(
    "changes",
    [
        {"n_events": 9},
        {"n_events": 191},
        {"n": 22, "n_events": 11},
        dict.fromkeys(("apparent", "optimism", "corrected")),
    ],
)
def test_performance_is_hidden_where_the_estimates_would_be_or_there_is_none(changes: dict[str, Any]) -> None:
    row = _performance(**changes)
    assert row["status"] == "suppressed_primary"
    assert [row[name] for name in ("apparent", "conf_low", "conf_high", "optimism", "corrected")] == [None] * 5


@pytest.mark.parametrize(("n_events", "status"), [(10, "shown"), (9, "suppressed_primary")])
def test_prediction_is_shown_where_a_model_would_be(n_events: int, status: str) -> None:
    row = {**MODEL, "measure": "c_statistic", "estimate": 0.70314, "conf_low": 0.68, "conf_high": 0.72, "note": ""}
    for name in ("model", "family"):
        del row[name]
    frame = pl.DataFrame([row | {"n": 200, "n_events": n_events}], schema=PredictionMeasures.create_empty().schema)
    released = protect_prediction(frame, STRICT)
    check_release_table("prediction", released, STRICT)
    told = released.row(0, named=True)
    assert told["status"] == status
    assert told["estimate"] == (0.703 if status == "shown" else None)
    assert not [column for column in told if column.startswith("n")]
