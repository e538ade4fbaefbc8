"""Person-time at risk of each outcome, by another route, and what of it may be shown."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis_table import make_analysis_table

from dyadlink.describe.person_time import measure_person_time
from dyadlink.disclosure.curves import protect_curves
from dyadlink.disclosure.person_time import protect_person_time
from dyadlink.disclosure.profiles import get_profile
from dyadlink.models.cumulative_incidence import estimate_cumulative_incidence

ANALYSIS = make_analysis_table(4000, seed=6)
STRICT = get_profile("strict")


def rows_of(analysis: pl.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    return {(row["outcome"], row["group"]): row for row in measure_person_time(analysis).to_dicts()}


def test_days_and_events_are_those_of_the_dyads_at_risk() -> None:
    found = rows_of(ANALYSIS)
    for outcome, event in (("o3", "child_protection_plan"), ("o4", "custody_loss")):
        for group, wanted in (("all", (True, False)), ("involved", (True,)), ("not_involved", (False,))):
            dyads = [d for d in ANALYSIS.to_dicts() if d[f"{outcome}_at_risk"] and d["o1"] in wanted]
            assert found[outcome, group]["n"] == len(dyads)
            assert found[outcome, group]["person_days"] == sum(d[f"{outcome}_days"] for d in dyads)
            assert found[outcome, group]["n_events"] == sum(d[f"{outcome}_event"] == event for d in dyads)
    assert found["follow_up", "all"]["person_days"] == sum(ANALYSIS["follow_up_days"])


def test_nobody_at_risk_has_no_row() -> None:
    lost = ANALYSIS.filter(~pl.col("o4_at_risk"))
    assert set(rows_of(lost)) == {("follow_up", "all")}


def released(analysis: pl.DataFrame) -> pl.DataFrame:
    curves = protect_curves(estimate_cumulative_incidence(analysis), STRICT)
    return protect_person_time(measure_person_time(analysis), curves)


def test_rates_are_worked_out_from_what_the_curves_show() -> None:
    row = released(ANALYSIS).filter(pl.col("outcome") == "o4", pl.col("group") == "all").row(0, named=True)
    exact = rows_of(ANALYSIS)["o4", "all"]
    assert row["n"] == (exact["n"] + 5) // 10 * 10
    assert abs(row["n_events"] - exact["n_events"]) <= 5
    assert row["mean_days"] == pytest.approx(exact["person_days"] / exact["n"], abs=0.5)
    years = row["n"] * row["mean_days"] / 365.25
    assert row["person_years"] == pytest.approx(years, abs=0.05)
    assert row["rate"] == pytest.approx(100 * row["n_events"] / years, abs=0.05)
    assert row["conf_low"] < row["rate"] < row["conf_high"]


def test_a_hidden_curve_hides_its_rate() -> None:
    few = ANALYSIS.filter((pl.col("o4_event") != "custody_loss").fill_null(value=True))
    row = released(few).filter(pl.col("outcome") == "o4", pl.col("group") == "all").row(0, named=True)
    assert row["status"] == "suppressed"
    assert {row[name] for name in ("n", "mean_days", "person_years", "n_events", "rate", "conf_low", "conf_high")} == {
        None
    }
