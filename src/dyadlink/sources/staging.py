"""From raw to staged tables: give types, set broken rows aside by rule, keep the latest."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from dyadlink.sql import create_tables, read_table

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


def stage_sources(connection: duckdb.DuckDBPyConnection, sql: Path) -> pl.DataFrame:
    """Make the typed and the staged tables inside the connection from what `load_sources` put there.

    Args:
        connection: Holds what `load_sources` made, and a view `codelist_<name>` for each code list.
        sql: Folder that holds sources/ and staging/.

    Returns:
        A row for each typed table and rule: `source`, `rule`, `n` rows. The rules of a table with
        `is_row_outcome` add up to 'rows_read': 'accepted' rows and each reason to set a row aside.
    """
    params = {"icd10_scheme": ICD10_SCHEME}
    create_tables(connection, sql / "sources", [staged.typed for staged in STAGED], params)
    create_tables(connection, sql / "staging", STAGING_TABLES, params)
    return pl.concat(_count_rules(connection, staged.typed) for staged in STAGED)


def _count_rules(connection: duckdb.DuckDBPyConnection, typed: str) -> pl.DataFrame:
    rows = read_table(connection, typed).select("broken_rule", "mended_rule")
    counted = rows.group_by("broken_rule", "mended_rule").agg(pl.len().alias("n"))
    outcomes = (
        counted.group_by(pl.col("broken_rule").fill_null("accepted").alias("rule"))
        .agg(pl.col("n").sum())
        .with_columns(is_row_outcome=pl.lit(True))
    )
    mended = (
        counted.filter(pl.col("mended_rule").is_not_null() & pl.col("broken_rule").is_null())
        .group_by(pl.col("mended_rule").alias("rule"))
        .agg(pl.col("n").sum())
        .with_columns(is_row_outcome=pl.lit(False))
    )
    total = pl.DataFrame({"rule": ["rows_read"], "n": [counted["n"].sum()], "is_row_outcome": [False]})
    return (
        pl.concat([total, outcomes, mended], how="diagonal_relaxed")
        .select(
            pl.lit(typed.removeprefix("typed_")).alias("source"),
            "rule",
            pl.col("n").cast(pl.Int64),
            "is_row_outcome",
        )
        .sort("source", "is_row_outcome", "rule")
    )


def set_aside(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Where each row that was set aside stands: `source`, `rule`, `source_file`, `source_row`."""
    broken = (
        read_table(connection, staged.typed)
        .filter(pl.col("broken_rule").is_not_null())
        .select(
            pl.lit(staged.typed.removeprefix("typed_")).alias("source"),
            pl.col("broken_rule").alias("rule"),
            "source_file",
            "source_row",
        )
        for staged in STAGED
    )
    return pl.concat(broken).sort("source", "source_file", "source_row")
