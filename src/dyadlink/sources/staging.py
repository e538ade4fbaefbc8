"""From raw to staged tables: give types, leave out what is set aside, keep the latest."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb

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
    Staged("typed_care_contacts", "care_contacts"),
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
    "care_contacts",
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


def type_sources(connection: duckdb.DuckDBPyConnection, sql: Path) -> None:
    """Make the typed tables and `authorities` inside the connection from what `load_sources` put there.

    Args:
        connection: Holds what `load_sources` made, and a view `codelist_<name>` for each code list.
        sql: Folder that holds sources/ and staging/.
    """
    params = {"icd10_scheme": ICD10_SCHEME}
    create_tables(connection, sql / "sources", [staged.typed for staged in STAGED], params)
    create_tables(connection, sql / "staging", ["authorities"], params)


def stage_sources(connection: duckdb.DuckDBPyConnection, sql: Path) -> None:
    """Make the staged tables as well; see `type_sources`."""
    type_sources(connection, sql)
    create_tables(connection, sql / "staging", STAGING_TABLES, {})
