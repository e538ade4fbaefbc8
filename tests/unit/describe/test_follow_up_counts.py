"""Follow-up: why it ended, where it was cut short, and the reverse Kaplan-Meier curve."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from lifelines import KaplanMeierFitter

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis_table import make_analysis_table

from dyadlink.describe.follow_up import count_follow_up
from dyadlink.models.cumulative_incidence import estimate_cumulative_incidence

ANALYSIS = make_analysis_table(3000, seed=2)


def cells(table: str, smallest: int = 10) -> dict[tuple[str, str, str], int]:
    counts = count_follow_up(ANALYSIS, smallest).filter(pl.col("table") == table)
    return {(row["variable"], row["level"], row["group"]): row["n"] for row in counts.to_dicts()}


def test_every_dyad_has_one_end() -> None:
    wanted = Counter(ANALYSIS["end_reason"])
    found = cells("follow_up_ends")
    for reason in ("t3", "death", "moved_away", "coverage_end"):
        assert found["end_reason", reason, "all"] == wanted[reason]
        assert found["end_reason", reason, "all"] == sum(
            found["end_reason", reason, country] for country in ("England", "Wales")
        )


def test_cut_short_is_a_move_or_the_end_of_the_data_and_no_death() -> None:
    found = cells("follow_up_by_authority")
    short = ANALYSIS.filter(pl.col("end_reason").is_in(["moved_away", "coverage_end"]))
    assert found["total", "total", "cut_short"] == short.height
    assert found["la_code", "301", "cut_short"] == short.filter(pl.col("la_code") == "301").height
    assert found["country", "Wales", "whole"] == (
        ANALYSIS.filter(pl.col("country") == "Wales").height - short.filter(pl.col("country") == "Wales").height
    )


def test_small_authorities_are_put_together() -> None:
    levels = {
        level for variable, level, _ in cells("follow_up_by_authority", smallest=100_000) if variable == "la_code"
    }
    assert levels == {"other_england", "other_wales"}


def test_the_reverse_kaplan_meier_curve_is_lifelines() -> None:
    lost = ANALYSIS["end_reason"].is_in(["moved_away", "coverage_end"]).to_numpy()
    fitted = KaplanMeierFitter().fit(ANALYSIS["follow_up_days"].to_numpy(), lost)
    curve = estimate_cumulative_incidence(ANALYSIS).filter(pl.col("outcome") == "follow_up")
    assert curve["cause"].unique().to_list() == ["lost_to_follow_up"]
    for day in (30, 90, 180, 364):
        ours = curve.filter(pl.col("time_days") <= day).sort("time_days")["estimate"].last()
        assert ours == pytest.approx(1 - float(fitted.predict(day)), abs=1e-12)


def test_nobody_lost_is_a_curve_at_zero() -> None:
    stayed = ANALYSIS.filter(pl.col("end_reason") == "t3")
    curve = estimate_cumulative_incidence(stayed).filter(pl.col("outcome") == "follow_up")
    assert curve["estimate"].max() == 0
