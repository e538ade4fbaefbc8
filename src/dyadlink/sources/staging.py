"""From source files to staged tables: read as text, give types, leave out what is set aside, keep the latest."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from dyadlink.errors import SourceError
from dyadlink.sources.catalogue import CIN_PATTERN, STAGED_CSV, find_files, find_table_files
from dyadlink.sources.cin_census import read_cin_census
from dyadlink.sources.csv_files import load_csv
from dyadlink.sql import create_tables

ICD10_SCHEME = "02"
"""DiagSchemeInUse that says ICD-10 (NHS Data Dictionary)."""


class Staged(NamedTuple):
    """What becomes of one typed table: the staged table it feeds, and the key that stands for a row there."""

    typed: str
    table: str


STAGED = (
    Staged("typed_patients", "patient_months"),
    Staged("typed_team_referrals", "team_referrals"),
    Staged("typed_mha_periods", "mha_periods"),
    Staged("typed_hospital_spells", "hospital_spells"),
    Staged("typed_ward_stays", "ward_stays"),
    Staged("typed_diagnoses", "diagnoses"),
    Staged("typed_pregnancies", "births"),
    Staged("typed_babies", "births"),
    Staged("typed_cin_children", "children"),
    Staged("typed_cin_episodes", "cin_episodes"),
    Staged("typed_assessments", "assessments"),
    Staged("typed_child_in_need_plans", "child_in_need_plans"),
    Staged("typed_section_47_enquiries", "section_47_enquiries"),
    Staged("typed_child_protection_plans", "child_protection_plans"),
    Staged("typed_looked_after_children", "children"),
    Staged("typed_looked_after_episodes", "looked_after_episodes"),
    Staged("typed_hes_admissions", "hes_admissions"),
)

STAGING_TABLES = (
    "authorities",
    "areas",
    "patients",
    "patient_months",
    "team_referrals",
    "mha_periods",
    "hospital_spells",
    "ward_stays",
    "diagnoses",
    "births",
    "children",
    "cin_episodes",
    "assessments",
    "child_in_need_plans",
    "section_47_enquiries",
    "child_protection_plans",
    "looked_after_episodes",
    "hes_admissions",
)
"""Staged tables, each after those it reads."""


def load_sources(connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
    """Load every source table as text; a table that the study can do without is empty when it has no file.

    Raises:
        SourceError: A file is missing, unreadable or lacks a column.
    """
    for table in STAGED_CSV:
        files = find_table_files(directory, table)
        if files:
            load_csv(connection, table, files)
        else:
            _load_empty(connection, table.name, table.columns)
    files = find_files(directory, CIN_PATTERN)
    if not files:
        raise SourceError("file not found", where=str(directory / CIN_PATTERN), mend="put the census returns there")
    for name, frame in read_cin_census(files).items():
        connection.register(name, frame)


def _load_empty(connection: duckdb.DuckDBPyConnection, name: str, columns: tuple[str, ...]) -> None:
    schema = {column: pl.String() for column in (*columns, "source_file")} | {"source_row": pl.Int64()}
    connection.register(name, pl.DataFrame(schema=schema))


def type_sources(connection: duckdb.DuckDBPyConnection, sql: Path) -> None:
    """Make the typed tables and `authorities` inside the connection from what `load_sources` put there.

    Args:
        connection: Holds the sources as text, and a view `codelist_<name>` for each code list.
        sql: Folder that holds macros.sql, sources/ and staging/.
    """
    connection.execute((sql / "macros.sql").read_text(encoding="utf-8"))
    params = {"icd10_scheme": ICD10_SCHEME}
    create_tables(connection, sql / "sources", [staged.typed for staged in STAGED], params)
    create_tables(connection, sql / "staging", ["authorities"], params)


def stage_sources(connection: duckdb.DuckDBPyConnection, sql: Path) -> None:
    """Make the staged tables as well; see `type_sources`."""
    type_sources(connection, sql)
    create_tables(connection, sql / "staging", STAGING_TABLES, {})
