"""Aalen-Johansen curves against R (tests/r/aalen_johansen_mgus2.R).

Measured: 1e-15 on estimates, standard errors and interval ends in every month; 1e-10 leaves room for another
processor.
"""

from __future__ import annotations

import polars as pl
import pytest
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
