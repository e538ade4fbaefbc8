"""Patterns of missing covariates: every dyad once, rare patterns put together."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis_table import make_analysis_table

from dyadlink.describe.missingness import COMPLETE, OTHERS, count_missing_patterns
from dyadlink.describe.variables import CHARACTERISTICS

ANALYSIS = make_analysis_table(4000, seed=1)
COUNTS = count_missing_patterns(ANALYSIS, smallest=10)


def n(outcome: str, level: str, group: str) -> int:
    return int(
        COUNTS.filter(pl.col("variable") == outcome, pl.col("level") == level, pl.col("group") == group)["n"].item()
    )


def test_each_pattern_counts_the_dyads_that_lack_just_that() -> None:
    names = [variable.name for variable in CHARACTERISTICS.variables]
    rows = ANALYSIS.filter(pl.col("o1").is_not_null()).to_dicts()
    for group, wanted in (("yes", True), ("no", False)):
        lacking = [[name for name in names if row[name] is None] for row in rows if row["o1"] is wanted]
        assert n("o1", "total", group) == len(lacking)
        assert n("o1", COMPLETE, group) == sum(not missing for missing in lacking)
        assert n("o1", "parity", group) == sum(missing == ["parity"] for missing in lacking)


def test_two_covariates_missing_together_are_one_pattern() -> None:
    both = ANALYSIS.with_columns(
        ethnicity=pl.when(pl.col("dyad_id") % 5 > 0).then("ethnicity"),
        parity=pl.when(pl.col("dyad_id") % 5 > 0).then("parity"),
    )
    levels = count_missing_patterns(both, smallest=10)["level"].unique(maintain_order=True).to_list()
    assert levels[:3] == ["total", COMPLETE, "ethnicity__parity"]


def test_a_rare_pattern_is_named_nowhere() -> None:
    named = set(COUNTS["level"]) - {"total", COMPLETE, OTHERS}
    for pattern in named:
        both = [
            min(n(grouping.outcome, pattern, "yes"), n(grouping.outcome, pattern, "no"))
            for grouping in CHARACTERISTICS.groupings
        ]
        assert max(both) >= 10
    everyone = count_missing_patterns(ANALYSIS, smallest=10_000)
    assert set(everyone["level"]) == {"total", COMPLETE, OTHERS}


def test_dyads_not_at_risk_or_not_seen_are_in_no_column() -> None:
    assert n("o4", "total", "all") == ANALYSIS.filter("o4_at_risk", pl.col("o4").is_not_null()).height
    assert n("o4", "total", "yes") + n("o4", "total", "no") == n("o4", "total", "all")
