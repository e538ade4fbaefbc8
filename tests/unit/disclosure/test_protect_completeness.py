"""Completeness and ranges leave as rounded counts and percentiles of enough rows."""

from __future__ import annotations

from typing import Any

import polars as pl

from dyadlink.disclosure.completeness import protect_completeness, protect_ranges
from dyadlink.disclosure.profiles import Profile


def _counts(missing: dict[str, int], total: dict[str, int]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for group, n in {"all": sum(total.values()), **total}.items():
        lacking = sum(missing.values()) if group == "all" else missing[group]
        rows += [
            {"variable": "total", "level": "total", "group": group, "n": n},
            {"variable": "ethnicity", "level": "recorded", "group": group, "n": n - lacking},
            {"variable": "ethnicity", "level": "missing", "group": group, "n": lacking},
        ]
    return pl.DataFrame(rows).with_columns(table=pl.lit("completeness_children"))


def _ranges(n: int, kind: str = "number") -> pl.DataFrame:
    row = {"source": "babies", "column": "gestation_days", "kind": kind, "n": n, "low": 18628, "median": 2, "high": 3}
    return pl.DataFrame([row])


def test_a_small_number_missing_and_what_would_give_it_away_are_hidden(unrounded: Profile) -> None:
    shown = protect_completeness(_counts({"2021": 4, "2022": 300}, {"2021": 1000, "2022": 1000}), unrounded)
    hidden = shown.filter(pl.col("n").is_null()).select("level", "return_year").rows()
    assert ("missing", "2020-21") in hidden
    assert ("recorded", "2020-21") in hidden
    # Nor may the sum over the years tell it.
    assert ("missing", "2021-22") in hidden or ("missing", "all") in hidden


def test_percentages_are_of_what_is_shown(strict: Profile) -> None:
    shown = protect_completeness(_counts({"2021": 104, "2022": 302}, {"2021": 1004, "2022": 1001}), strict)
    row = shown.filter(level="missing", return_year="2020-21").row(0, named=True)
    assert (row["source"], row["column"], row["n"], row["percent"]) == ("children", "ethnicity", 100, 10.0)


def test_percentiles_need_ten_rows_beyond_them(strict: Profile) -> None:
    assert protect_ranges(_ranges(199), strict).select("status", "low", "median", "high").rows() == [
        ("suppressed_primary", None, None, None)
    ]
    assert protect_ranges(_ranges(200), strict).select("status", "low", "median", "high").rows() == [
        ("shown", 18628, 2, 3)
    ]


def test_dates_are_months_and_nothing_counts_the_rows(strict: Profile) -> None:
    shown = protect_ranges(_ranges(200, "date"), strict)
    assert shown.select("low", "low_month").rows() == [(None, "2021-01")]
    assert "n" not in shown.columns
