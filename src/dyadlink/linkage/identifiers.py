"""Standardised identifiers of both sides, held in memory for the length of the linkage and never stored."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from dyadlink.config import Linkage, Sources, Study
from dyadlink.errors import SourceError
from dyadlink.sources.loading import load_sources
from dyadlink.sql import create_tables, read_table


def load_identifiers(
    connection: duckdb.DuckDBPyConnection, *, sources: Sources, sql: Path, study: Study, settings: Linkage
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The study's infants, the child records they could be, and the links handed over ready-made.

    Args:
        connection: Holds the staged `births` and a view `codelist_<name>` for each code list.
        sources: What to read.
        sql: Folder that holds macros.sql, routes/ and linkage/.
        study: Gives the study period.
        settings: Gives how far from the period a candidate may be born.

    Returns:
        Two frames of `nhs_number`, `forename`, `surname`, `birth_date`, `sex`, `postcode`, `mother_nhs_number`,
        `mother_birth_date`: infants by `infant_id`, candidates by `child_key` with `la_code`. A value that cannot
        be used is null. Then the ready-made links: `infant_id`, `child_key`.

    Raises:
        SourceError: An identifier file is missing, unreadable or lacks a column; or records that are not said to be
            synthetic hold an NHS number that is never issued.
    """
    load_sources(connection, sources, sql, "linkage")
    if not sources.are_invented:
        _refuse_test_numbers(connection)
    params = {**study.model_dump(), **settings.model_dump(include={"birth_date_tolerance_days"})}
    create_tables(connection, sql / "linkage", ("infants", "candidates", "ready_links"), params)
    infants, candidates, ready = (read_table(connection, name) for name in ("infants", "candidates", "ready_links"))
    return infants, candidates, ready


_TEST_RANGE = "999"
"""NHS numbers that begin so are never issued (NHS England: 999 000 0000 to 999 999 9999 are for tests)."""


def _refuse_test_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Nothing, if no valid NHS number is of the test range: test records among real ones make false links."""
    found = [
        file
        for table in ("nhs_identifiers", "authority_identifiers")
        for (file,) in connection.table(table)
        .filter(f"starts_with(clean_nhs_number(nhsnumber), '{_TEST_RANGE}')")
        .aggregate("min(source_file)")
        .fetchall()
        if file is not None
    ]
    if found:
        raise SourceError(
            "holds NHS numbers that are never issued (999 000 0000 to 999 999 9999)",
            where=found[0],
            mend="take the test records out, or set sources.is_synthetic where all records are invented",
        )
