"""Aalen-Johansen curves against R (tests/r/aalen_johansen_mgus2.R), and against the survival package.

Measured: 1e-15 on estimates, standard errors and interval ends in every month and on every day; 1e-10 leaves room for
another processor.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import survival
from r_answers import distance, read_answers, read_mgus2

from dyadlink.models.cumulative_incidence import aalen_johansen

TOLERANCE = 1e-10
CURVES = {
    "all_by_patient": ("patient", pl.lit(True)),
    "all_by_year": ("dxyr", pl.lit(True)),
    "women_by_patient": ("patient", pl.col("sex") == "F"),
}


def _curve(name: str, cause: str) -> pl.DataFrame:
    cluster, is_member = CURVES[name]
    at_risk = read_mgus2().filter(is_member).select("days", event="state", cluster=cluster)
    return aalen_johansen(at_risk, ("pcm", "death")).filter(pl.col("cause") == cause)


@pytest.mark.parametrize("cause", ["pcm", "death"])
@pytest.mark.parametrize("name", list(CURVES))
def test_curve(name: str, cause: str) -> None:
    answers = read_answers("aalen_johansen_mgus2").filter((pl.col("curve") == name) & (pl.col("cause") == cause))
    curve = _curve(name, cause).filter(pl.col("time_days") > 0)
    for ours, theirs in {"time_days": "time", "n_at_risk": "n_at_risk", "n_events": "n_events"}.items():
        assert curve[ours].to_list() == answers[theirs].to_list()
    for column in ("estimate", "std_error"):
        assert distance(curve[column], answers[column]) < TOLERANCE
    for column in ("conf_low", "conf_high"):
        assert curve[column].is_null().to_list() == answers[column].is_null().to_list()
        assert distance(curve[column].drop_nulls(), answers[column].drop_nulls()) < TOLERANCE


def test_published_incidence() -> None:
    curve = _curve("all_by_patient", "pcm").filter(pl.col("time_days").is_in([60, 120, 240]))
    assert distance(curve["estimate"], pl.Series([0.034103713, 0.063722168, 0.099813716])) < 1e-8


def test_day_zero_is_the_start() -> None:
    start = _curve("all_by_patient", "death").row(0, named=True)
    assert (start["time_days"], start["estimate"], start["n_at_risk"]) == (0, 0.0, 1384)


@pytest.mark.parametrize("clusters", [3, 40, 300, 600])
@pytest.mark.parametrize("last_day", [5, 400])
def test_the_same_as_the_survival_package(clusters: int, last_day: int) -> None:
    """Many ties or few, siblings, clusters of many rows that leave on one day, and rows that go last of all."""
    rng = np.random.default_rng([clusters, last_day])
    causes = ("a", "b")
    at_risk = pl.DataFrame(
        {
            "days": np.ceil(rng.exponential(last_day / 2, 600)).clip(1, last_day).astype(np.int64),
            "event": rng.choice(["censored", *causes], 600, p=[0.3, 0.5, 0.2]),
            "cluster": np.arange(600) % clusters,
        }
    )
    data = at_risk.with_columns(pl.col("event").cast(pl.Enum(["censored", *causes])), pl.col("days").cast(pl.Float64))
    theirs = survival.survfit("Surv(days, event) ~ 1", data, cluster="cluster", conf_type="log-log")
    for cause in causes:
        ours = aalen_johansen(at_risk, causes).filter(pl.col("cause") == cause, pl.col("time_days") > 0)
        state = theirs.states.index(cause)
        figures = {"estimate": "pstate", "std_error": "std_err", "conf_low": "lower", "conf_high": "upper"}
        for column, figure in figures.items():
            expected = np.asarray(getattr(theirs, figure))[:, state]
            is_there = ours[column].is_not_null().to_numpy()
            assert is_there.sum() > 4
            assert np.abs(ours[column].to_numpy()[is_there] - expected[is_there]).max() < TOLERANCE


@pytest.mark.parametrize("seed", range(8))
def test_where_all_have_had_the_event_nothing_is_uncertain(seed: int) -> None:
    days = np.random.default_rng(seed).integers(1, 50, 500)
    at_risk = pl.DataFrame({"days": days, "event": ["a"] * 500, "cluster": np.arange(500) // 2})
    last = aalen_johansen(at_risk, ("a",)).row(-1, named=True)
    assert last["estimate"] == pytest.approx(1, abs=1e-15)
    assert (last["std_error"], last["conf_low"], last["conf_high"]) == (0.0, None, None)
