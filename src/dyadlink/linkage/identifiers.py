"""The study's persons: infants of the health side, children known to the authorities, and links handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from dyadlink.config import Sources, Study
from dyadlink.errors import SourceError
from dyadlink.linkage.persons import Side, standardise
from dyadlink.linkage_settings import Linkage
from dyadlink.pseudonyms import study_key
from dyadlink.sources.loading import load_sources
from dyadlink.sql import create_tables

STUDY_PERSONS = ("infants", "candidates", "ready_links")
"""Tables of the study's persons, each after those it reads."""
UNBORN_DAYS_EARLY, UNBORN_DAYS_LATE = 112, 21
"""A child expected on a day is born from sixteen weeks before (24 weeks of gestation) to three weeks after."""


def load_identifiers(
    connection: duckdb.DuckDBPyConnection, *, sources: Sources, sql: Path, study: Study, settings: Linkage
) -> None:
    """Make `left_persons` (infants), `right_persons` (child records), `ready_links` and `standardising`.

    Args:
        connection: Holds the staged `births` and a view `codelist_<name>` for each code list.
        sources: What to read.
        sql: Folder that holds macros.sql, routes/ and linkage/.
        study: Gives the study period.
        settings: Gives how far from the period a candidate may be born.

    Raises:
        SourceError: An identifier file is missing, unreadable or lacks a column; or records that are not said to be
            synthetic hold an NHS number that is never issued.
    """
    key = study_key(settings.pseudonym_key_file, sql.parents[1])
    load_sources(connection, sources, sql, "linkage", key=key)
    if not sources.are_invented:
        _refuse_test_numbers(connection)
    create_tables(connection, sql / "linkage", STUDY_PERSONS, candidate_params(study, settings))
    sides: tuple[tuple[Side, str], ...] = (("left", "infants"), ("right", "candidates"))
    for side, table in sides:
        connection.execute(f"alter table {table} rename to raw_{side}")
        standardise(connection, sql, side)
        connection.execute(f"drop table raw_{side}")


def candidate_params(study: Study, settings: Linkage) -> dict[str, Any]:
    """What the queries of infants and candidates are bound to."""
    return {
        **study.model_dump(),
        **settings.model_dump(include={"birth_date_tolerance_days"}),
        "unborn_days_early": UNBORN_DAYS_EARLY,
        "unborn_days_late": UNBORN_DAYS_LATE,
    }


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
