"""The form of the SQL files: grain first, one SELECT, no hidden dates, and a place in the declared order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from dyadlink.cohort.tables import COHORT_TABLES
from dyadlink.linkage.identifiers import STUDY_PERSONS
from dyadlink.linkage.persons import FORMS
from dyadlink.sources.rules import RULE_TABLES
from dyadlink.sources.staging import STAGED, STAGING_TABLES

SQL = Path(__file__).parents[2] / "workflow/sql"
FILES = sorted(path for path in SQL.rglob("*.sql") if path.parent != SQL)
DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
OPEN_END = "9999-12-31"


def _code(path: Path) -> str:
    return re.sub(r"--.*", "", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_file_states_its_grain_and_reason_first(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("-- Grain: ")
    assert any(line.startswith("-- Why: ") for line in lines[1:4])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_file_holds_one_select(path: Path) -> None:
    # Parameters do not matter for the kind of a statement, but the parser takes them as they are.
    statements = duckdb.extract_statements(path.read_text(encoding="utf-8"))
    assert [statement.type for statement in statements] == [duckdb.StatementType.SELECT]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_file_holds_no_date_of_its_own(path: Path) -> None:
    """Study dates are parameters and dates for "unknown" stand in macros.sql; only the open end is written out."""
    assert set(DATE.findall(_code(path))) <= {OPEN_END}


@pytest.mark.parametrize(
    ("folder", "declared"),
    [
        ("cohort", COHORT_TABLES),
        ("staging", STAGING_TABLES),
        ("sources", [staged.typed for staged in STAGED]),
        ("rules", RULE_TABLES),
        ("linkage", [*STUDY_PERSONS, *FORMS, "persons", "standardising_counts"]),
    ],
)
def test_every_file_has_one_place_in_the_declared_order(folder: str, declared: Sequence[str]) -> None:
    assert sorted(declared) == sorted(path.stem for path in (SQL / folder).glob("*.sql"))


@pytest.mark.parametrize(
    ("folder", "declared"), [("cohort", COHORT_TABLES), ("rules", RULE_TABLES), ("staging", STAGING_TABLES)]
)
def test_a_table_comes_after_those_it_reads(folder: str, declared: Sequence[str]) -> None:
    for position, table in enumerate(declared):
        read = set(re.findall(r"\b(?:from|join|pivot)\s+([a-z_0-9]+)", _code(SQL / folder / f"{table}.sql")))
        assert not read & set(declared[position + 1 :]) - {table}
