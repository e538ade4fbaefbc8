"""Days lost: what they are for a few dyads, and that twins in two groups are one mother."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from analysis_table import make_analysis_table

from dyadlink.models.group_tests import compare_groups
from dyadlink.models.time_lost import estimate_time_lost

KINDS = {
    "dyad_id": pl.Int64,
    "mother_number": pl.Int64,
    "o1": pl.Boolean,
    "follow_up_days": pl.Int64,
    **{f"{o}_at_risk": pl.Boolean for o in ("o3", "o4")},
    **{f"{o}_days": pl.Int64 for o in ("o3", "o4")},
    **{f"{o}_event": pl.String for o in ("o3", "o4")},
}


def _table(rows: list[tuple[int, bool | None, int, str]]) -> pl.DataFrame:
    """Of each dyad: mother, involved, day and event of O4; nobody is at risk of O3."""
    dyads: list[dict[str, Any]] = [
        {
            "dyad_id": i,
            "mother_number": mother,
            "o1": o1,
            "follow_up_days": 365 if event == "custody_loss" else day,
            "o3_at_risk": False,
            "o4_at_risk": True,
            "o4_days": day,
            "o4_event": event,
        }
        for i, (mother, o1, day, event) in enumerate(rows, start=1)
    ]
    return pl.DataFrame(dyads, schema=KINDS)


def _row(frame: pl.DataFrame, group: str, cause: str = "custody_loss") -> dict[str, Any]:
    return estimate_time_lost(frame, 365).row(
        by_predicate=(pl.col("outcome") == "o4") & (pl.col("group") == group) & (pl.col("cause") == cause), named=True
    )


def test_without_censoring_it_is_a_mean() -> None:
    frame = _table(
        [
            (1, True, 65, "custody_loss"),
            (2, True, 365, "censored"),
            (3, False, 165, "death"),
            (4, False, 365, "censored"),
        ]
    )
    assert abs(_row(frame, "all")["estimate"] - 300 / 4) < 1e-9
    assert abs(_row(frame, "all", "death")["estimate"] - 200 / 4) < 1e-9
    assert abs(_row(frame, "difference")["estimate"] - 300 / 2) < 1e-9
    # Of a mean the standard error is the root of the sum of squares, over n: no small-sample correction.
    assert abs(_row(frame, "all")["std_error"] - np.std([300, 0, 0, 0]) / np.sqrt(4)) < 1e-9
    assert abs(_row(frame, "difference")["std_error"] - np.std([300, 0]) / np.sqrt(2)) < 1e-9


def test_follow_up_that_ends_before_t3_gives_no_figure() -> None:
    frame = _table([(1, True, 65, "custody_loss"), (2, True, 200, "censored"), (3, False, 365, "censored")])
    frame = frame.with_columns(follow_up_days=pl.when("o1").then(200).otherwise(365))
    assert _row(frame, "involved")["estimate"] is None
    assert _row(frame, "difference")["conf_low"] is None
    assert _row(frame, "all")["estimate"] > 0


def test_a_group_of_nobody_has_no_rows() -> None:
    frame = _table([(1, None, 65, "custody_loss"), (2, None, 365, "censored")])
    assert set(estimate_time_lost(frame, 365)["group"]) == {"all"}


def test_the_standard_error_of_a_difference_is_over_mothers() -> None:
    """Every mother counted a little more in turn: what that does to the difference, squared and summed."""
    # Mothers of two dyads each, who fare alike: some in one group, some in both.
    alike = pl.col("o4_days").fill_null(0).rank("ordinal").cast(pl.Int64)
    analysis = make_analysis_table(60, 5).with_columns(mother_number=(alike + 1) // 2)
    copies = 100
    many = pl.concat([analysis] * copies)

    def difference(frame: pl.DataFrame) -> float:
        numbered = frame.with_row_index("row").with_columns(dyad_id=pl.col("row").cast(pl.Int64) + 1)
        return float(_row(numbered, "difference")["estimate"])

    base = difference(many)
    moved = [
        copies * (difference(pl.concat([many, mother])) - base) for mother in analysis.partition_by("mother_number")
    ]
    theirs = float(np.sqrt(np.square(moved).sum()))
    ours = _row(analysis, "difference")["std_error"]
    assert abs(ours / theirs - 1) < 0.02
    alone = _row(analysis.with_columns(mother_number="dyad_id"), "difference")["std_error"]
    assert abs(alone / theirs - 1) > 0.05


def test_intervals_hold_the_truth() -> None:
    """Two hundred studies without censoring or competing events, of which the mean is known."""
    rng = np.random.default_rng(6)
    truth = 365 - 400 * (1 - np.exp(-365 / 400))
    held = 0
    for _ in range(200):
        day = np.ceil(rng.exponential(400, 300)).astype(int)
        rows = [(i, True, min(int(d), 365), "custody_loss" if d < 365 else "censored") for i, d in enumerate(day, 1)]
        row = _row(_table(rows), "all")
        # Days are rounded up: half a day less is lost.
        held += row["conf_low"] <= truth - 0.3 <= row["conf_high"]
    assert 181 <= held <= 198


def test_groups_are_compared_cause_by_cause() -> None:
    analysis = make_analysis_table(3_000, 2)
    tests = compare_groups(analysis)
    assert tests.select("outcome", "cause").rows() == [
        ("o3", "child_protection_plan"),
        ("o3", "custody_loss"),
        ("o3", "death"),
        ("o4", "custody_loss"),
        ("o4", "death"),
    ]
    # Effects work on both; a death does not.
    loss, death = (
        tests.row(by_predicate=(pl.col("outcome") == "o4") & (pl.col("cause") == c), named=True)
        for c in ("custody_loss", "death")
    )
    assert loss["p_value"] < 1e-3 < death["p_value"]
    at_risk = analysis.filter("o4_at_risk")
    cells = [
        at_risk.filter((pl.col("o4_event") == "death") == has, pl.col("o1") == of).height
        for has in (True, False)
        for of in (True, False)
    ]
    assert death["n_smallest"] == min(cells)


def test_one_group_alone_has_no_test() -> None:
    frame = _table([(1, True, 65, "custody_loss"), (2, True, 365, "censored")])
    tests = compare_groups(frame).filter(outcome="o4", cause="custody_loss")
    assert tests.select("statistic", "df", "p_value", "n_smallest").rows() == [(None, None, None, 0)]
