"""Which stored rows decide an outcome, by its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import polars as pl

from dyadlink.explain import evidence
from dyadlink.explain.evidence import PLAN
from dyadlink.explain.facts import losses_at_t2, month_number
from dyadlink.explain.records import Case

Rows = Callable[[Case, str], list[str]]
"""Lines for a dyad and the state of an outcome."""


def deciding_rows(case: Case, name: str, state: str) -> list[str]:
    """The rows that decide an outcome in that state, as lines; deeper ones are what the one above came from."""
    return _ROWS[name](case, state)


def _rows_of_event(case: Case, state: str) -> list[str]:
    """Of O3 and O4."""
    ends = case.follow_up
    if state == PLAN:
        return evidence.plans_starting(case, ends["plan_date"])
    if state == "custody_loss":
        return evidence.custody(case, case.rows("custody_losses").filter(start_date=ends["loss_date"]))
    if state == "lost_by_t2":
        return evidence.custody(case, losses_at_t2(case))
    if state == "on_plan_at_t2":
        return evidence.involvement(case, ends["t2_date"], only=PLAN)
    if state in {"death", "dead_by_t2"}:
        return evidence.deaths(case, ends["death_date"])
    return _rows_of_end(case)


def _rows_of_end(case: Case) -> list[str]:
    """What ended the follow-up of a dyad that was censored."""
    lines = evidence.lines_of("follow_up", case.rows("follow_up"))
    if case.follow_up["end_reason"] == "coverage_end":
        lines += evidence.lines_of("authorities", case.rows("authorities"))
    if case.follow_up["end_reason"] == "moved_away":
        moved = case.rows("patient_months").filter(pl.col("month_id") == month_number(case.follow_up["last_day"]))
        lines += evidence.lines_of("patient_months", moved)
    return lines


def _rows_of_involvement(
    first: str, last: str, lag: int = 0, *, only: str | None = None
) -> Callable[[Case, str], list[str]]:
    """What is open from one timepoint (so many days later) to another; else what ended follow-up."""

    def rows(case: Case, state: str) -> list[str]:
        if state == "not_seen":
            return _rows_of_end(case)
        return evidence.involvement(case, case.dyad[first] + timedelta(days=lag), case.dyad[last], only=only)

    return rows


def _rows_of_loss(first: str, lag: int = 0) -> Rows:
    def rows(case: Case, state: str) -> list[str]:
        if state == "not_seen":
            return _rows_of_end(case)
        days = case.dyad[first] + timedelta(days=lag), case.dyad["t3_date"]
        return evidence.custody(case, evidence.holding(case.rows("custody_losses"), *days))

    return rows


def _rows_of_return(case: Case, state: str) -> list[str]:
    found = case.rows("reunifications")
    if state == "not_apart" or found.is_empty():
        return []
    losses = evidence.holding(case.rows("custody_losses"), found["from_date"][0])
    lines = evidence.lines_of("reunifications", found) + evidence.custody(case, losses)
    ended = [day + timedelta(days=shift) for day in losses["end_date"].drop_nulls() for shift in (-1, 0)]
    lines += evidence.lines_of("periods_of_care", case.rows("periods_of_care").filter(pl.col("end_date").is_in(ended)))
    return lines + (evidence.deaths(case, case.follow_up["death_date"]) if state == "death" else [])


def _rows_of_readmission(case: Case, state: str) -> list[str]:
    if state == "involved":
        spells = case.rows("admission_spells").filter(start_date=case.follow_up["readmission_date"])
        return evidence.lines_of("admission_spells", spells)
    return _rows_of_end(case) if state == "not_seen" else []


_ROWS: Mapping[str, Rows] = {
    "o1": _rows_of_involvement("t1_date", "t2_date"),
    "o2": _rows_of_involvement("t3_date", "t3_date"),
    "o2_any": _rows_of_involvement("t2_date", "t3_date", 1),
    "o3": _rows_of_event,
    "o4": _rows_of_event,
    "o3_at_t3": _rows_of_involvement("t3_date", "t3_date", only=PLAN),
    "o4_at_t3": _rows_of_loss("t3_date"),
    "o4_any": _rows_of_loss("t2_date", 1),
    "return": _rows_of_return,
    "has_readmission": _rows_of_readmission,
}
