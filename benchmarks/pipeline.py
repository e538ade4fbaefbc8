"""The study's steps in one process, for benchmarks and tests that need no workflow around them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from dyadlink.cohort.tables import build_cohort
from dyadlink.config import Config, Sources, load_config
from dyadlink.linkage.identifiers import load_identifiers
from dyadlink.linkage.links import link_infants
from dyadlink.sources.loading import load_sources
from dyadlink.sources.staging import stage_sources
from dyadlink.sql import add_views, connect

PROJECT = Path(__file__).resolve().parents[1]
SQL = PROJECT / "workflow/sql"
CONFIG = load_config(PROJECT / "config/config.yaml")


def stage(sources: Path, config: Config = CONFIG) -> duckdb.DuckDBPyConnection:
    """A connection that holds the staged tables and the code lists."""
    connection = connect(config.resources)
    codelists = sorted((PROJECT / "config/codelists").glob("*.csv"))
    add_views(connection, {f"codelist_{path.stem}": path for path in codelists})
    load_sources(connection, Sources(directory=sources), SQL)
    stage_sources(connection, SQL)
    return connection


def link(connection: duckdb.DuckDBPyConnection, sources: Path, config: Config = CONFIG) -> pl.DataFrame:
    """Links as the workflow makes them."""
    infants, candidates = load_identifiers(
        connection, sources=Sources(directory=sources), sql=SQL, study=config.study, settings=config.linkage
    )
    return link_infants(infants, candidates, config.linkage, config.resources.threads)


def true_links(sources: Path) -> pl.DataFrame:
    """The planted links: `infant_id`, `child_key`."""
    truth = pl.read_csv(sources / "truth/links.csv", infer_schema=False)
    return truth.select("infant_id", child_key=pl.concat_str("la_code", "la_child_id", separator=":"))


def build(connection: duckdb.DuckDBPyConnection, links: pl.DataFrame, config: Config = CONFIG) -> None:
    """Make the cohort's tables from the given links."""
    connection.register("links", links)
    build_cohort(connection, SQL, config.study)
