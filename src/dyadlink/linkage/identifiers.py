"""Standardised identifiers of both sides, held in memory for the length of the linkage and never stored."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from dyadlink.config import Linkage, Study
from dyadlink.sources.catalogue import IDENTIFIERS, find_table_files
from dyadlink.sources.csv_files import load_csv
from dyadlink.sql import create_tables, read_table


def load_identifiers(
    connection: duckdb.DuckDBPyConnection, *, directory: Path, sql: Path, study: Study, settings: Linkage
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The study's infants and the child records they could be.

    Args:
        connection: Holds the staged `births` and a view `codelist_<name>` for each code list.
        directory: The sources folder.
        sql: Folder that holds macros.sql and linkage/.
        study: Gives the study period.
        settings: Gives how far from the period a candidate may be born.

    Returns:
        Two frames of `nhs_number`, `forename`, `surname`, `birth_date`, `sex`, `postcode`: infants by `infant_id`,
        candidates by `child_key` with `la_code`. A value that cannot be used is null.

    Raises:
        SourceError: An identifier file is missing, unreadable or lacks a column.
    """
    for table in IDENTIFIERS:
        load_csv(connection, table, find_table_files(directory, table))
    connection.execute((sql / "macros.sql").read_text(encoding="utf-8"))
    params = {**study.model_dump(), **settings.model_dump(include={"birth_date_tolerance_days"})}
    create_tables(connection, sql / "linkage", ("infants", "candidates"), params)
    return read_table(connection, "infants"), read_table(connection, "candidates")
