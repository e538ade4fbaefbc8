"""Custody lost and plans in depth: hand-made dyads, each in one group, and the counts by another route."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from dyadlink.describe.in_depth import GROUPS, NOT_TOLD, describe_in_depth

T1, T2, T3 = date(2021, 3, 1), date(2021, 4, 1), date(2022, 4, 1)
PLAN = "child_protection_plan"


def _dyads(analysis: pl.DataFrame) -> pl.DataFrame:
    return analysis.select("dyad_id", t1_date=pl.lit(T1), t3_date=pl.lit(T3))


def _intervals(rows: list[tuple[int, str, date, date | None]]) -> pl.DataFrame:
    schema = {"dyad_id": pl.Int64, "level": pl.String, "start_date": pl.Date, "end_date": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _group_of(dyad: pl.DataFrame, intervals: pl.DataFrame) -> str:
    counts, _ = describe_in_depth(dyad, _dyads(dyad), intervals)
    totals = counts.filter(pl.col("variable") == "total", pl.col("group") != "all", pl.col("n") == 1)
    assert totals.height == 1
    return str(totals.item(0, "group"))


@pytest.fixture(scope="module")
def quiet(analysis: pl.DataFrame) -> pl.DataFrame:
    """A dyad at risk and followed, with no loss."""
    is_plain = ~pl.col("is_custody_lost_by_t2") & (pl.col("o4") == False)  # noqa: E712 - null is neither
    return analysis.filter(is_plain).head(1)


@pytest.mark.parametrize(
    ("start", "end", "group"),
    [
        (date(2021, 1, 1), T1, "neither"),
        (date(2021, 1, 1), date(2021, 3, 2), "plan_without_loss"),
        (T1, T1, "plan_without_loss"),
        (date(2021, 2, 1), date(2021, 2, 1), "neither"),
        (T3, None, "plan_without_loss"),
        (date(2022, 4, 2), None, "neither"),
        (date(2021, 1, 1), None, "plan_without_loss"),
    ],
)
def test_a_plan_on_any_day_from_t1_to_t3(quiet: pl.DataFrame, start: date, end: date | None, group: str) -> None:
    dyad_id = quiet.item(0, "dyad_id")
    assert _group_of(quiet, _intervals([(dyad_id, PLAN, start, end)])) == group
    assert _group_of(quiet, _intervals([(dyad_id, "child_in_need", start, end)])) == "neither"
    assert _group_of(quiet, _intervals([(dyad_id + 1, PLAN, start, end)])) == "neither"


def test_loss_comes_before_a_plan_and_the_earlier_loss_first(quiet: pl.DataFrame) -> None:
    plan = _intervals([(quiet.item(0, "dyad_id"), PLAN, T1, None)])
    after = quiet.with_columns(o4=pl.lit(True), o4_event=pl.lit("custody_loss"))
    by_t2 = after.with_columns(is_custody_lost_by_t2=pl.lit(True))
    assert _group_of(after, plan) == "custody_lost_after_t2"
    assert _group_of(by_t2, plan) == "custody_lost_by_t2"


def test_a_year_not_seen_is_neither_and_a_route_without_plans_a_group_of_its_own(quiet: pl.DataFrame) -> None:
    not_seen = quiet.with_columns(o4=pl.lit(None, dtype=pl.Boolean))
    not_told = quiet.with_columns(is_on_plan_at_t2=pl.lit(None, dtype=pl.Boolean))
    assert _group_of(not_seen, _intervals([])) == "neither"
    assert _group_of(not_told, _intervals([])) == NOT_TOLD


def test_groups_share_no_dyad_and_miss_none(analysis: pl.DataFrame) -> None:
    plans = analysis.filter(pl.col("is_on_plan_at_t2") | (pl.col("o3_event") == PLAN))["dyad_id"]
    intervals = _intervals([(dyad, PLAN, T1, None) for dyad in plans])
    counts, medians = describe_in_depth(analysis, _dyads(analysis), intervals)
    totals = dict(counts.filter(variable="total").select("group", "n").iter_rows())
    lost, after = analysis["is_custody_lost_by_t2"].sum(), (analysis["o4_event"] == "custody_loss").sum()
    assert list(totals) == ["all", *GROUPS]
    assert (totals["custody_lost_by_t2"], totals["custody_lost_after_t2"]) == (lost, after)
    assert sum(totals[group] for group in GROUPS) == totals["all"] == analysis.height
    held = analysis.filter("is_custody_lost_by_t2")
    row = medians.filter(group="custody_lost_by_t2", variable="episode_days").row(0, named=True)
    assert (row["n"], row["median"]) == (held.height, held["episode_days"].median())
    cell = counts.filter(group="custody_lost_by_t2", variable="service_type", level="ward")
    assert cell["n"].item() == held.filter(service_type="ward").height
