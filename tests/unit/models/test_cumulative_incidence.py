"""Cumulative incidence of the analysis table."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.models.cumulative_incidence import aalen_johansen, estimate_cumulative_incidence
from dyadlink.models.populations import CAUSES


@pytest.fixture(scope="module")
def incidence(analysis: pl.DataFrame) -> pl.DataFrame:
    return estimate_cumulative_incidence(analysis)


def test_every_curve_is_there(incidence: pl.DataFrame) -> None:
    curves = set(incidence.select("outcome", "group", "cause").rows())
    groups = ("all", "involved", "not_involved")
    of_outcomes = {(o, g, cause) for o, causes in CAUSES.items() for g in groups for cause in causes}
    assert curves == of_outcomes | {("follow_up", "all", "lost_to_follow_up")}
    starts = incidence.filter(pl.col("time_days") == 0)
    assert starts.height == len(curves)
    assert starts["estimate"].sum() == 0
    assert starts["conf_low"].null_count() == starts.height


def test_everyone_is_accounted_for(incidence: pl.DataFrame, analysis: pl.DataFrame) -> None:
    last = incidence.filter((pl.col("outcome") == "o4") & (pl.col("group") == "all")).filter(
        pl.col("time_days") == pl.col("time_days").max()
    )
    assert last["n_events"].sum() + last["n_censored"][0] == analysis["o4_at_risk"].sum()
    lost = analysis.filter(pl.col("o4_event") == "custody_loss").height
    assert last.filter(pl.col("cause") == "custody_loss")["n_events"].item() == lost


def test_the_groups_split_everyone(incidence: pl.DataFrame) -> None:
    starts = incidence.filter((pl.col("time_days") == 0) & (pl.col("cause") == "death"))
    n = {(row["outcome"], row["group"]): row["n_at_risk"] for row in starts.iter_rows(named=True)}
    for outcome in CAUSES:
        assert n[outcome, "involved"] + n[outcome, "not_involved"] == n[outcome, "all"]


def test_by_hand_with_ties() -> None:
    """Day 1: one loss of four. Day 2: a death, a loss and a censoring tie; all three are still at risk."""
    at_risk = pl.DataFrame(
        {"days": [1, 2, 2, 2], "event": ["loss", "death", "loss", "censored"], "cluster": [1, 2, 3, 4]}
    )
    curve = aalen_johansen(at_risk, ("loss", "death"))
    rows = curve.select("cause", "time_days", "estimate", "n_at_risk", "n_events", "n_censored").rows()
    assert rows == [
        ("loss", 0, 0.0, 4, 0, 0),
        ("loss", 1, 0.25, 4, 1, 0),
        ("loss", 2, 0.5, 3, 2, 1),
        ("death", 0, 0.0, 4, 0, 0),
        ("death", 1, 0.0, 4, 0, 0),
        ("death", 2, 0.25, 3, 1, 1),
    ]


def test_without_any_event_the_curve_stays_at_zero() -> None:
    at_risk = pl.DataFrame({"days": [5, 9], "event": ["censored"] * 2, "cluster": [1, 2]})
    curve = aalen_johansen(at_risk, ("loss",))
    assert curve["estimate"].to_list() == [0.0, 0.0, 0.0]
    assert curve["conf_high"].null_count() == 3


def test_nobody_at_risk_gives_no_rows(analysis: pl.DataFrame) -> None:
    nobody = analysis.filter(~pl.col("o4_at_risk"))
    assert estimate_cumulative_incidence(nobody)["outcome"].unique().to_list() == ["follow_up"]
    assert estimate_cumulative_incidence(analysis.clear()).is_empty()


def test_a_twin_who_repeats_its_sibling_adds_nothing(analysis: pl.DataFrame) -> None:
    single = analysis.filter(pl.col("o4_at_risk")).select(days="o4_days", event="o4_event", cluster="dyad_id")
    once = aalen_johansen(single, CAUSES["o4"])
    twice = aalen_johansen(pl.concat([single, single]), CAUSES["o4"])
    assert twice["std_error"].to_list() == pytest.approx(once["std_error"].to_list(), abs=1e-12)


def test_the_order_of_the_table_changes_nothing(analysis: pl.DataFrame, incidence: pl.DataFrame) -> None:
    shuffled = analysis.sample(fraction=1.0, shuffle=True, seed=3)
    assert estimate_cumulative_incidence(shuffled).equals(incidence)
