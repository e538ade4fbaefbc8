"""The study built again under other definitions, each an alternative of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from dyadlink.cohort.tables import add_age_bands, tables_between
from dyadlink.config import Study
from dyadlink.schemas import AnalysisAlternatives, check_table
from dyadlink.sql import create_tables, read_table


def build_alternatives(
    connection: duckdb.DuckDBPyConnection, sql: Path, study: Study, alternatives: Mapping[str, Study]
) -> pl.DataFrame:
    """The analysis table of every alternative, one below the other.

    Only the tables that the changed definitions touch are made again. Call it when the cohort stands.

    Args:
        connection: Holds the staged tables, `links`, and the cohort's tables.
        sql: Folder that holds cohort/.
        study: The study's own windows and definitions.
        alternatives: Those of each alternative, by its name.

    Returns:
        As in `AnalysisAlternatives`; an alternative that leaves no dyad has no row.

    Raises:
        ContractError: A table breaks the contract.
    """
    frames: list[pl.DataFrame] = [AnalysisAlternatives.create_empty()]
    own = study.model_dump()
    for name, other in alternatives.items():
        params = other.model_dump()
        changed = [field for field, value in params.items() if own[field] != value]
        made_again = tables_between(sql, changed=(), changed_params=changed)
        connection.execute("drop schema if exists alternative cascade; create schema alternative")
        connection.execute("set search_path = 'alternative,main'")
        create_tables(connection, sql / "cohort", made_again, params)
        rows = read_table(connection, "analysis").with_columns(alternative=pl.lit(name))
        connection.execute("set search_path = 'main'")
        if rows.is_empty():
            # Records that do not tell wards from units leave nobody in a study of one: a row of the table says so.
            continue
        banded = add_age_bands(rows.drop("maternal_age_band", strict=False), other.maternal_age_band_edges)
        frames.append(check_table(banded, AnalysisAlternatives, "analysis_alternatives"))
    connection.execute("drop schema if exists alternative cascade")
    return pl.concat(frames).sort("alternative", "dyad_id")
