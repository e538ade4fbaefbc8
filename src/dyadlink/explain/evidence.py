"""The stored rows that decide an outcome, found by the days and states that are stored already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from dyadlink.explain.layout import words
from dyadlink.explain.records import Case, stored_tables
from dyadlink.explain.rules import Origin, rules

PLAN = "child_protection_plan"
"""The level of a plan."""


def line_of(table: str, row: Mapping[str, Any]) -> str:
    """One row as `table: column value, ...`, what is missing left out."""
    shown = [name for name in stored_tables()[table].show if row[name] is not None]
    return f"{table}: " + ", ".join(f"{name} {words(row[name])}" for name in shown)


def lines_of(table: str, rows: pl.DataFrame) -> list[str]:
    """Each row as `line_of`."""
    return [line_of(table, row) for row in rows.iter_rows(named=True)]


def holding(rows: pl.DataFrame, first: date, last: date | None = None) -> pl.DataFrame:
    """The intervals that hold a day from the first to the last; one that starts and ends on one day holds it."""
    after = pl.max_horizontal("end_date", pl.col("start_date") + timedelta(days=1))
    is_open = pl.col("end_date").is_null()
    return rows.filter((pl.col("start_date") <= (last or first)) & (is_open | (after > first)))


def involvement(case: Case, first: date, last: date | None = None, *, only: str | None = None) -> list[str]:
    """The intervals of involvement that hold one of the days, each with the staged rows it came from."""
    found = holding(case.rows("csc_intervals"), first, last)
    found = found if only is None else found.filter(level=only)
    told = [
        (line_of("csc_intervals", row), _origins(case, rules().levels[row["level"]], row["start_date"]))
        for row in found.iter_rows(named=True)
    ]
    return _with_origins(told)


def custody(case: Case, stretches: pl.DataFrame) -> list[str]:
    """Stretches of custody lost, each with the arrangements that begin in it and the staged rows they came from."""
    lines: list[str] = []
    known, counted = rules().arrangements, _counted_arrangements(case)
    for stretch in stretches.iter_rows(named=True):
        lines.append(line_of("custody_losses", stretch))
        within = case.rows("custody_intervals").filter(
            pl.col("arrangement").is_in(counted)
            & (pl.col("start_date") >= stretch["start_date"])
            & (pl.lit(stretch["end_date"]).is_null() | (pl.col("start_date") < pl.lit(stretch["end_date"], pl.Date)))
        )
        told = [
            (line_of("custody_intervals", row), _origins(case, known[row["arrangement"]], row["start_date"]))
            for row in within.iter_rows(named=True)
        ]
        lines += [f"  {line}" for line in _with_origins(told)]
    return lines


def plans_starting(case: Case, day: date) -> list[str]:
    """The plan that begins on a day."""
    return lines_of("child_protection_plans", case.rows("child_protection_plans").filter(start_date=day))


def deaths(case: Case, day: date) -> list[str]:
    """Where the death on that day is recorded."""
    lines = [f"births: death_date {day}"] if case.dyad["infant_death_date"] == day else []
    lines += [f"patients: death_date {day}"] if case.dyad["mother_death_date"] == day else []
    lines += lines_of("children", case.rows("children").filter(death_date=day))
    lines += lines_of("cin_episodes", case.rows("cin_episodes").filter(closure_reason="RC2", closure_date=day))
    ended = case.rows("periods_of_care").filter(reason_ceased_category="died", end_date=day)
    return lines + lines_of("periods_of_care", ended)


def _counted_arrangements(case: Case) -> list[str]:
    definitions = case.codelist("custody_definitions")
    return definitions.filter(definition=case.study.custody_loss_definition)["arrangement"].to_list()


def _origins(case: Case, origins: Iterable[Origin], day: date) -> list[str]:
    lines = []
    for origin in origins:
        rows = case.rows(origin.table).filter(pl.col(origin.day) == day)
        for name, values in origin.holds.items():
            rows = rows.filter(pl.col(name).is_in(values))
        for name, lacked in origin.lacks.items():
            rows = rows.filter(~pl.col(name).is_in(lacked).fill_null(value=False))
        lines += lines_of(origin.table, rows)
    return lines


def _with_origins(told: Iterable[tuple[str, list[str]]]) -> list[str]:
    return [line for interval, origins in told for line in (interval, *(f"  from {origin}" for origin in origins))]
