"""What the page of every dyad must say, told again from the stored tables by another route than the command's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from dyadlink.explain.covariates import _ORIGINS
from dyadlink.explain.deciding import deciding_rows
from dyadlink.explain.outcomes import state_of, tell_outcome
from dyadlink.explain.page import explain
from dyadlink.explain.records import Case, open_case
from dyadlink.explain.rules import rules

_DECIDED_BY_RECORDS = {
    "o1": "involved",
    "o2": "involved",
    "o2_any": "involved",
    "o3": "child_protection_plan",
    "o4": "custody_loss",
    "o3_at_t3": "involved",
    "o4_at_t3": "involved",
    "o4_any": "involved",
    "return": "returned",
}
"""States that only a record of the child can decide."""


def check_every_dyad(results: Path, project: Path) -> int:
    """How many analysed dyads were explained; each page and sentence is held against the stored values."""
    analysis = pl.read_parquet(results / "record_level/cohort/analysis.parquet")
    dates = pl.read_parquet(results / "record_level/cohort/dyads.parquet").select("dyad_id", "t2_date", "t3_date")
    for row in analysis.join(dates, on="dyad_id", validate="1:1").iter_rows(named=True):
        case = open_case(results, project, dyad_id=row["dyad_id"])
        page = explain(case, 100)
        assert max(map(len, page.splitlines())) <= 100
        _check_outcomes(case, row)
        _check_covariates(case, row)
    return analysis.height


def check_excluded(results: Path, project: Path) -> set[str]:
    """The reasons of the dyads that are not analysed; the page of each says that it is not."""
    dyads = pl.read_parquet(results / "record_level/cohort/dyads.parquet").drop_nulls("exclusion_reason")
    for dyad in dyads["dyad_id"]:
        page = explain(open_case(results, project, dyad_id=dyad), 100)
        assert "Not analysed: " in page
        assert "A dyad that is not analysed has no outcomes." in page
    return set(dyads["exclusion_reason"])


def _check_outcomes(case: Case, row: dict[str, Any]) -> None:
    for name in rules().outcomes:
        value, sentence = tell_outcome(case, name)
        stored = row["return_event" if name == "return" else name]
        if stored is not None:
            assert value == {True: "yes", False: "no"}.get(stored, str(stored).replace("_", " "))
        else:
            assert value in {"not at risk", "not seen", "not seen to T3", "never apart"}
        state = state_of(case, name)
        if _DECIDED_BY_RECORDS.get(name) == state:
            assert any("child_key " in line for line in deciding_rows(case, name, state)), (name, state)
        if name in {"o3", "o4"} and row[f"{name}_at_risk"]:
            assert f"day {row[f'{name}_days']} after T2" in sentence
            if row[f"{name}_event"] != "censored":
                assert f"({row['t2_date'] + timedelta(days=row[f'{name}_days'])})" in sentence
        elif name in {"o3", "o4"}:
            assert sentence.startswith("Not at risk")
        if name == "return" and row["return_days"]:
            assert f"day {row['return_days']} after " in sentence
        if name in {"o1", "o2"} and stored:
            level = row["csc_level_episode" if name == "o1" else "csc_level_t3"]
            assert level.replace("_", " ") in sentence
        if name in {"o2", "o3_at_t3", "o4_at_t3"}:
            assert str(row["t3_date"]) in sentence


def _check_covariates(case: Case, row: dict[str, Any]) -> None:
    """A yes has a record, a no has none; a group or quintile stands in the record that is named."""
    for name, covariate in rules().covariates.items():
        origins = _ORIGINS[covariate.source](case, covariate.only)
        if name.startswith("has_") or name == "is_detained":
            assert bool(origins) == row[name], name
        if name in {"diagnosis_group", "deprivation_quintile"}:
            assert any(str(row[name]) in line for line in origins) == (row[name] is not None), name
        if name == "service_type":
            assert any(f"service_type {row[name]}" in line for line in origins)
