"""The study's steps in one process, for benchmarks and tests that need no workflow around them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from dyadlink.cohort.link_variants import build_link_variants
from dyadlink.cohort.tables import build_cohort
from dyadlink.config import ENGLAND_RETURNS, Config, Input, Route, Sources, load_config
from dyadlink.linkage.identifiers import load_identifiers
from dyadlink.linkage.links import link_persons
from dyadlink.linkage.outputs import read_links, read_scored_pairs
from dyadlink.models.linkage_error.evidence import LinkEvidence
from dyadlink.sources.loading import load_sources
from dyadlink.sources.staging import stage_sources
from dyadlink.sql import add_views, codelists_of, connect, read_table
from dyadlink.true_links import read_true_links

PROJECT = Path(__file__).resolve().parents[1]
SQL = PROJECT / "workflow/sql"
CONFIG = load_config(PROJECT / "config/config.yaml")


def records(directory: Path, *routes: Route) -> Sources:
    """What to read of a simulated folder: the English returns, unless routes are named."""
    inputs = tuple(Input(name=route, route=route) for route in routes)
    return Sources(directory=directory, inputs=inputs, is_synthetic=True)


def stage(
    directory: Path, config: Config = CONFIG, routes: tuple[Route, ...] = (), folder: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection that holds the staged tables and the code lists, in memory unless a folder is given."""
    connection = with_codelists(config, folder)
    load_sources(connection, records(directory, *routes), SQL)
    stage_sources(connection, SQL)
    return connection


def with_codelists(config: Config = CONFIG, folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that holds the code lists alone."""
    connection = connect(config.resources, folder)
    add_views(connection, codelists_of(PROJECT))
    return connection


def link(
    connection: duckdb.DuckDBPyConnection, directory: Path, config: Config = CONFIG, routes: tuple[Route, ...] = ()
) -> pl.DataFrame:
    """Links as the workflow makes them."""
    return link_and_score_pairs(connection, directory, config, routes)[0]


def link_and_score_pairs(
    connection: duckdb.DuckDBPyConnection, directory: Path, config: Config = CONFIG, routes: tuple[Route, ...] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Links and scored pairs as the workflow makes them."""
    load_identifiers(
        connection, sources=records(directory, *routes), sql=SQL, study=config.study, settings=config.linkage
    )
    link_persons(connection, config.linkage)
    return read_links(connection), read_scored_pairs(connection)


def true_links(directory: Path, route: Route = ENGLAND_RETURNS) -> pl.DataFrame:
    """The planted links in the ids of a route: `infant_id`, `child_key`."""
    truth = read_true_links(directory, [route])
    return truth.select("infant_id", child_key=pl.concat_str("la_code", "la_child_id", separator=":"))


def build(connection: duckdb.DuckDBPyConnection, links: pl.DataFrame, config: Config = CONFIG) -> None:
    """Make the cohort's tables from the given links."""
    connection.register("links_to_build_from", links)
    connection.execute("create or replace table links as from links_to_build_from")
    build_cohort(connection, SQL, config.study)


def evidence_of(
    connection: duckdb.DuckDBPyConnection, scored_pairs: pl.DataFrame, config: Config = CONFIG
) -> LinkEvidence:
    """The study under any set of links; call it after `build`."""
    candidates, variants, rows = build_link_variants(connection, SQL, config.study, scored_pairs)
    return LinkEvidence(read_table(connection, "analysis"), candidates, variants, rows)
