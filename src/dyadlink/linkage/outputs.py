"""What a linkage leaves, in the words of the study and checked against its contracts."""

from __future__ import annotations

import duckdb
import polars as pl

from dyadlink.schemas import CONTRACTS, check_table
from dyadlink.sql import read_table

_IN_THE_STUDY = {"left_id": "infant_id", "right_id": "child_key"}


def read_links(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The links: `infant_id`, `child_key`, `step`, `match_weight`, `match_probability`, sorted."""
    return check_table(read_table(connection, "links").rename(_IN_THE_STUDY), CONTRACTS["links"], "links")


def read_scored_pairs(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The scored pairs: columns of the links, `weighed_probability`, and `gamma_<comparison>` for each comparison."""
    pairs = read_table(connection, "scored_pairs").rename(_IN_THE_STUDY)
    checked = check_table(pairs, CONTRACTS["scored_pairs"], "scored_pairs")
    return checked.hstack(pairs.select(pl.selectors.starts_with("gamma_")))


def read_standardising(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What standardising changed or set aside: `side`, `rule`, `n`."""
    return check_table(read_table(connection, "standardising"), CONTRACTS["standardising"], "standardising")
