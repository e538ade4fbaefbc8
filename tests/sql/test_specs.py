"""Every query against its spec: the rows it is given and the rows it must make (tests/spec/<stage>/<table>.yaml).

The queries that turn a route's tables into the study's own have theirs in tests/spec/routes/<route>/<table>.yaml.

A spec names the columns that the query reads and then, case by case, a rule of the study in plain English with the
rows that show it. What stands above the cases (`given`, `params`) holds for each of them. A key that a row leaves
out is null; a code list that a case does not give is the study's own. `expect` lists every row that comes out, in
order, with the columns worth naming; `order_by` gives the order of a query that has none of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl
import pytest
import yaml

from dyadlink.config import Resources, load_config
from dyadlink.linkage.identifiers import UNBORN_DAYS_EARLY, UNBORN_DAYS_LATE
from dyadlink.sources.staging import ICD10_SCHEME
from dyadlink.sql import add_views, connect, create_table, read_table

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "tests/spec"
SQL = ROOT / "workflow/sql"
CODELISTS = {f"codelist_{path.stem}": path for path in sorted((ROOT / "config/codelists").glob("*.csv"))}

TYPES = (
    (re.compile(r"_date$|^(coverage_(start|end)|first_day|last_day)$"), pl.Date),
    (re.compile(r"^(is|has)_|^o\d(_any|_at_risk|_at_t3)?$"), pl.Boolean),
    (
        re.compile(
            r"^n$|^n_|_(days|rank|year|years|births|quintile|order)$|^(dyad_id|month_id|source_row|mother_number|record_number)$"
        ),
        pl.Int32,
    ),
)
"""The type of a column, told by its name; every other column is text."""


TEXT_STAGES = ("routes", "sources")
"""Folders whose queries read text as the loader gives it."""
RAW_TABLES = ("raw_persons", "birth_date_forms")
"""Tables of the linkage whose identifiers stand as text, as they are written."""


class Case(NamedTuple):
    """One rule and the rows that show it."""

    spec: Path
    tables: Mapping[str, Sequence[str]]
    params: Mapping[str, Any]
    given: Mapping[str, Sequence[Mapping[str, Any]]]
    expect: Sequence[Mapping[str, Any]]
    order_by: Sequence[str]


def _cases() -> Iterator[Any]:
    for path in sorted(SPECS.rglob("*.yaml")):
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in spec["cases"]:
            params = {**spec.get("params", {}), **case.get("params", {})}
            given = {**spec.get("given", {}), **case.get("given", {})}
            yield pytest.param(
                Case(path, spec["tables"], params, given, case["expect"], spec.get("order_by", [])),
                id=f"{path.relative_to(SPECS).with_suffix('')}: {case['name']}",
            )


@cache
def _codelists() -> dict[str, pl.DataFrame]:
    connection = connect(Resources())
    add_views(connection, CODELISTS)
    return {name: read_table(connection, name) for name in CODELISTS}


@cache
def _default_params() -> dict[str, Any]:
    config = load_config(ROOT / "config/config.yaml")
    return {
        **config.study.model_dump(),
        "birth_date_tolerance_days": config.linkage.birth_date_tolerance_days,
        "icd10_scheme": ICD10_SCHEME,
        "unborn_days_early": UNBORN_DAYS_EARLY,
        "unborn_days_late": UNBORN_DAYS_LATE,
    }


def _column_type(stage: str, table: str, column: str) -> Any:
    # Code lists are text throughout, and so is what the sources hold but for the number of the row.
    if table.startswith("codelist_") or (stage in TEXT_STAGES and column != "source_row"):
        return pl.String
    if table in RAW_TABLES and column.endswith("_date"):
        return pl.String
    return next((kind for pattern, kind in TYPES if pattern.search(column)), pl.String)


def _frame(stage: str, table: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    schema = {column: _column_type(stage, table, column) for column in columns}
    unknown = {key for row in rows for key in row} - set(schema)
    assert not unknown, f"the spec gives {table} columns that its `tables` does not name: {sorted(unknown)}"
    for row in rows:
        # YAML reads an unquoted 01 as the number 1: a code must stand in quotes.
        numbers = [key for key, value in row.items() if schema[key] == pl.String and isinstance(value, int | float)]
        assert not numbers, f"put the values of {table}.{numbers} in quotes"
    filled = [
        {
            column: str(value) if schema[column] == pl.String and isinstance(value, date) else value
            for column, value in ((name, row.get(name)) for name in columns)
        }
        for row in rows
    ]
    return pl.DataFrame(filled, schema=schema)


def _connection(case: Case, sql: str) -> duckdb.DuckDBPyConnection:
    connection = connect(Resources())
    connection.execute((SQL / "macros.sql").read_text(encoding="utf-8"))
    connection.execute("create schema given")
    for name, codes in _codelists().items():
        if name in sql and name not in case.given:
            connection.register(name, codes)
    assert not set(case.given) - set(case.tables), "the case gives a table that `tables` does not name"
    for table, columns in case.tables.items():
        if not table.startswith("codelist_") or table in case.given:
            frame = _frame(_stage(case.spec), table, columns, case.given.get(table, []))
            # A route's query may make a table of the name that it reads: what it reads stands in another schema.
            connection.register("given", frame)
            connection.execute(f'create table given."{table}" as from temp.given')
            connection.unregister("given")
    connection.execute("set search_path = 'main,given'")
    return connection


def _stage(spec: Path) -> str:
    return spec.relative_to(SPECS).parts[0]


@pytest.mark.parametrize("case", list(_cases()))
def test_query_does_what_its_spec_says(case: Case) -> None:
    path = SQL / case.spec.relative_to(SPECS).with_suffix(".sql")
    connection = _connection(case, path.read_text(encoding="utf-8"))
    create_table(connection, path, {**_default_params(), **case.params})
    made = read_table(connection, path.stem)
    unknown = {key for row in case.expect for key in row} - set(made.columns)
    assert not unknown, f"the spec expects columns that the query does not make: {sorted(unknown)}"
    assert made.height == len(case.expect), made
    made = made.sort(case.order_by) if case.order_by else made
    rows = [{key: row[key] for key in wanted} for row, wanted in zip(made.to_dicts(), case.expect, strict=True)]
    assert rows == list(case.expect)


def test_every_query_with_logic_has_a_spec() -> None:
    """The queries without one only give types or keep the latest row, as others do that have one."""
    alike = {
        "routes/england_returns": {
            "cin_census_details",
            "cin_census_plans",
            "cin_census_protection_plans",
            "cin_census_section_47",
        },
        "sources": {
            "typed_hes_admissions",
            "typed_looked_after_children",
            "typed_mha_periods",
            "typed_patients",
            "typed_pregnancies",
            "typed_section_47_enquiries",
        },
        "staging": {
            "areas",
            "assessments",
            "authorities",
            "child_in_need_plans",
            "diagnoses",
            "hes_admissions",
            "mha_periods",
            "section_47_enquiries",
            "ward_stays",
        },
    }
    alike |= {
        "routes/england_research_extract": {"mhs401mhactperiod", "msd101pregnancybooking", "reference_authorities"},
        "routes/england_local_ssd": {
            "cin_census_plans",
            "mhs401mhactperiod",
            "mhs502wardstay",
            "mhs605secdiag",
            "reference_authorities",
            "ssda903_header",
        },
        "routes/wales_sail": {"cin_census_children", "mhs605secdiag"},
    }
    routes = sorted(f"routes/{path.name}" for path in (SQL / "routes").iterdir())
    for folder in ("sources", "rules", "staging", "linkage", "cohort", *routes):
        queries = {path.stem for path in (SQL / folder).glob("*.sql")}
        specs = {path.stem for path in (SPECS / folder).glob("*.yaml")}
        assert specs == queries - alike.get(folder, set())
