"""Standardised identifiers of both sides, held in memory for the length of the linkage and never stored."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from dyadlink.config import Linkage, Sources, Study
from dyadlink.sources.loading import load_sources
from dyadlink.sql import create_tables, read_table


def load_identifiers(
    connection: duckdb.DuckDBPyConnection, *, sources: Sources, sql: Path, study: Study, settings: Linkage
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The study's infants and the child records they could be.

    Args:
        connection: Holds the staged `births` and a view `codelist_<name>` for each code list.
        sources: What to read.
        sql: Folder that holds macros.sql, routes/ and linkage/.
        study: Gives the study period.
        settings: Gives how far from the period a candidate may be born.

    Returns:
        Two frames of `nhs_number`, `forename`, `surname`, `birth_date`, `sex`, `postcode`: infants by `infant_id`,
        candidates by `child_key` with `la_code`. A value that cannot be used is null.

    Raises:
        SourceError: An identifier file is missing, unreadable or lacks a column.
    """
    load_sources(connection, sources, sql, "linkage")
    params = {**study.model_dump(), **settings.model_dump(include={"birth_date_tolerance_days"})}
    create_tables(connection, sql / "linkage", ("infants", "candidates"), params)
    return read_table(connection, "infants"), read_table(connection, "candidates")
