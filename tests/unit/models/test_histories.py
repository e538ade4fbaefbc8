"""Which state each infant is in on which days after T2, by what the analysis table holds."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from analysis_table import make_analysis_table

from dyadlink.models.histories import STATES, custody_histories
from dyadlink.models.state_occupation import estimate_state_occupation

KINDS = {
    "dyad_id": pl.Int64,
    "mother_number": pl.Int64,
    "follow_up_days": pl.Int64,
    "end_reason": pl.String,
    "o4_at_risk": pl.Boolean,
    "o4_days": pl.Int64,
    "o4_event": pl.String,
    "return_days": pl.Int64,
    "return_event": pl.String,
}
LOST_BY_T2 = {"o4_at_risk": False}


def _dyad(follow_up_days: int = 365, end_reason: str = "t3", **values: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(KINDS),
        "dyad_id": 1,
        "mother_number": 7,
        "follow_up_days": follow_up_days,
        "end_reason": end_reason,
        "o4_at_risk": True,
        **values,
    }


def _at_risk(o4_days: int, o4_event: str, **values: Any) -> dict[str, Any]:
    return _dyad(o4_days=o4_days, o4_event=o4_event, **values)


def _history(*dyads: dict[str, Any]) -> list[tuple[Any, ...]]:
    frame = custody_histories(pl.DataFrame(dyads, schema=KINDS))
    return frame.select("start", "stop", "state", "next_state").rows()


CASES: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]]]] = {
    "never apart": (_at_risk(365, "censored"), [(0, 365, "with_mother", "censored")]),
    "moved away": (
        _at_risk(100, "censored", follow_up_days=100, end_reason="moved_away"),
        [(0, 100, "with_mother", "censored")],
    ),
    "died at home": (
        _at_risk(50, "death", follow_up_days=50, end_reason="death"),
        [(0, 50, "with_mother", "dead")],
    ),
    "parted": (
        _at_risk(40, "custody_loss", return_days=325, return_event="censored"),
        [(0, 40, "with_mother", "apart"), (40, 365, "apart", "censored")],
    ),
    "parted and home again": (
        _at_risk(40, "custody_loss", return_days=60, return_event="returned"),
        [(0, 40, "with_mother", "apart"), (40, 100, "apart", "returned"), (100, 365, "returned", "censored")],
    ),
    "home again, then dead": (
        _at_risk(40, "custody_loss", return_days=60, return_event="returned", follow_up_days=200, end_reason="death"),
        [(0, 40, "with_mother", "apart"), (40, 100, "apart", "returned"), (100, 200, "returned", "dead")],
    ),
    "parted, then permanently elsewhere": (
        _at_risk(40, "custody_loss", return_days=60, return_event="permanently_elsewhere"),
        [(0, 40, "with_mother", "apart"), (40, 100, "apart", "elsewhere"), (100, 365, "elsewhere", "censored")],
    ),
    "permanently elsewhere at once": (
        _at_risk(40, "custody_loss"),
        [(0, 40, "with_mother", "elsewhere"), (40, 365, "elsewhere", "censored")],
    ),
    "parted on the last day seen": (_at_risk(365, "custody_loss"), [(0, 365, "with_mother", "apart")]),
    "parted and dead on one day": (
        _at_risk(40, "custody_loss", follow_up_days=40, end_reason="death"),
        [(0, 40, "with_mother", "dead")],
    ),
    "lost by T2": (
        _dyad(**LOST_BY_T2, return_days=365, return_event="censored"),
        [(0, 365, "apart", "censored")],
    ),
    "lost by T2, left care otherwise": (
        _dyad(**LOST_BY_T2, return_days=10, return_event="left_care_otherwise"),
        [(0, 10, "apart", "elsewhere"), (10, 365, "elsewhere", "censored")],
    ),
    "lost by T2, dead while apart": (
        _dyad(**LOST_BY_T2, return_days=10, return_event="death", follow_up_days=10, end_reason="death"),
        [(0, 10, "apart", "dead")],
    ),
    "returned and dead on one day": (
        _dyad(**LOST_BY_T2, return_days=10, return_event="returned", follow_up_days=10, end_reason="death"),
        [(0, 10, "apart", "dead")],
    ),
    "elsewhere for good by T2": (_dyad(**LOST_BY_T2), [(0, 365, "elsewhere", "censored")]),
    "not followed": (_dyad(**LOST_BY_T2, follow_up_days=0, end_reason="coverage_end"), []),
}


@pytest.mark.parametrize("name", list(CASES))
def test_history(name: str) -> None:
    dyad, expected = CASES[name]
    assert _history(dyad) == expected


def test_time_adds_up_to_follow_up() -> None:
    analysis = make_analysis_table(2_000, 4)
    histories = custody_histories(analysis)
    assert set(histories["state"]) <= set(STATES)
    days = histories.group_by("dyad_id").agg((pl.col("stop") - pl.col("start")).sum())
    both = analysis.join(days, on="dyad_id", validate="1:1")
    assert both["stop"].to_list() == both["follow_up_days"].to_list()
    follows = pl.col("start").shift(-1).over("dyad_id")
    assert histories.filter(follows.is_not_null() & (follows != pl.col("stop"))).is_empty()


def test_probabilities_add_up_and_counts_are_of_those_in_sight() -> None:
    dyads = [{**dyad, "dyad_id": i, "mother_number": i} for i, (dyad, _) in enumerate(CASES.values(), start=1)]
    frame = estimate_state_occupation(pl.DataFrame(dyads, schema=KINDS), 365)
    single = frame.filter(pl.col("state").is_in(STATES))
    sums = single.group_by("time_days").agg(pl.col("estimate").sum())
    assert (sums["estimate"] - 1).abs().max() < 1e-12  # type: ignore[operator]
    n = {(row["state"], row["time_days"]): row["n_in_state"] for row in frame.iter_rows(named=True)}
    assert frame["n"].unique().to_list() == [len(CASES) - 1]
    assert [n[state, 0] for state in STATES] == [10, 4, 0, 1, 0]
    # On day 100 one is out of sight since that day, two have come home, and three were dead before.
    assert [n[state, 100] for state in STATES] == [3, 2, 2, 4, 4]
    assert n["apart", 365] == 3
    assert n["elsewhere_or_dead", 365] == n["elsewhere", 365] + n["dead", 365]


def test_nobody_followed() -> None:
    assert estimate_state_occupation(pl.DataFrame([CASES["not followed"][0]], schema=KINDS), 365).is_empty()
