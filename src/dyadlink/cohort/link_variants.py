"""What each dyad would be under each set of links it may have: once for all sets of links."""

from __future__ import annotations

from itertools import product
from math import prod
from pathlib import Path
from typing import cast

import duckdb
import polars as pl

from dyadlink.cohort.tables import add_age_bands, tables_between
from dyadlink.config import Study
from dyadlink.schemas import AnalysisVariants, LinkCandidates, LinkVariants, check_table
from dyadlink.schemas.cohort import CHILD_KEYS_SEPARATOR
from dyadlink.sql import create_tables, read_table

LINK_VARIANT_TABLES = ("link_candidates", "link_variants", "analysis_variants")
"""What `build_link_variants` returns, in order."""

MAXIMUM_VARIANTS = 200
"""Sets of records of one infant; beyond it the weakest pairs are no candidates."""


def build_link_variants(
    connection: duckdb.DuckDBPyConnection, sql: Path, study: Study, scored_pairs: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The candidates, the variants of each dyad, and the analysis table's row of each variant.

    Only a dyad with a candidate has variants: every choice of at most one candidate in each authority, none included.
    The queries are those of the cohort, run on variants in the place of dyads.

    Args:
        connection: Holds the staged tables, `links`, and the cohort's tables.
        sql: Folder that holds cohort/.
        study: Windows and limits.
        scored_pairs: As in `ScoredPairs`.

    Returns:
        Frames as in `LinkCandidates`, `LinkVariants` and `AnalysisVariants`.

    Raises:
        ContractError: One of them breaks its contract.
    """
    children = read_table(connection, "children").select("child_key", "la_code")
    dyads = connection.sql("select dyad_id, infant_id from dyads where exclusion_reason is null").pl()
    links = read_table(connection, "links").select("infant_id", "child_key")
    candidates = list_candidates(links, scored_pairs, children, dyads)
    variants, variant_children = list_variants(candidates, links)
    connection.register("listed_variants", variants)
    connection.register("listed_variant_children", variant_children)
    connection.execute("create schema if not exists link_variants; set search_path = 'link_variants,main'")
    connection.execute("""
        create or replace table dyads as
        select v.variant_id as dyad_id, d.* exclude (dyad_id)
        from listed_variants as v inner join main.dyads as d on v.dyad_id = d.dyad_id
        order by v.variant_id
    """)
    connection.execute("create or replace table dyad_children as from listed_variant_children")
    made_again = tables_between(sql, changed=("dyads", "dyad_children"))
    create_tables(connection, sql / "cohort", made_again, study.model_dump())
    rows = read_table(connection, "analysis").rename({"dyad_id": "variant_id"})
    connection.execute("set search_path = 'main'")
    analysis = add_age_bands(rows, study.maternal_age_band_edges).join(
        variants.select("variant_id", "dyad_id"), on="variant_id", validate="1:1"
    )
    return (
        check_table(candidates, LinkCandidates, "link_candidates"),
        check_table(variants, LinkVariants, "link_variants"),
        check_table(analysis, AnalysisVariants, "analysis_variants").sort("dyad_id", "variant_id"),
    )


def list_candidates(
    links: pl.DataFrame, scored_pairs: pl.DataFrame, children: pl.DataFrame, dyads: pl.DataFrame
) -> pl.DataFrame:
    """The pairs that may or may not be links, with what competes for what.

    A link without a match probability (one that an environment handed over) is certain: it is no candidate, and its
    child record, and its infant in that authority, are nobody else's. A pair of probability 0 or 1 (rounded) is taken
    at its word in the same way. Every link that is no candidate is certain.

    Returns:
        As in `LinkCandidates`, sorted by its key.
    """
    scored = scored_pairs.join(children, on="child_key").join(
        links.select("infant_id", "child_key", is_link=pl.lit(value=True)), on=["infant_id", "child_key"], how="left"
    )
    is_open = pl.col("match_probability").is_between(0, 1, closed="none")
    settled = (
        links.join(scored.filter(is_open), on=["infant_id", "child_key"], how="anti")
        .join(children, on="child_key")
        .select("infant_id", "child_key", "la_code")
    )
    candidates = (
        scored.filter(is_open)
        .join(settled, on="child_key", how="anti")
        .join(settled, on=["infant_id", "la_code"], how="anti")
        .join(dyads, on="infant_id", how="left")
        .select(
            "infant_id",
            "child_key",
            "la_code",
            "dyad_id",
            "match_probability",
            pl.col("is_link").fill_null(value=False),
        )
    )
    return _limit_variants(candidates).sort("infant_id", "child_key")


def list_variants(candidates: pl.DataFrame, links: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every set of records that a dyad with candidates may have.

    Returns:
        The variants, as in `LinkVariants`; and `dyad_id` (the variant's number) with `child_key`, one row for each
        record of a variant, the certain links of the dyad among them.
    """
    own = candidates.filter(pl.col("dyad_id").is_not_null()).sort("dyad_id", "la_code", "child_key")
    certain = (
        links.join(candidates, on="child_key", how="anti")
        .join(own.select("infant_id", "dyad_id").unique(), on="infant_id")
        .group_by("dyad_id")
        .agg("child_key")
    )
    always: dict[int, list[str]] = dict(certain.iter_rows())
    variants: list[tuple[int, int, str]] = []
    children: list[tuple[int, str]] = []
    for (dyad_id,), pairs in own.group_by("dyad_id", maintain_order=True):
        choices = [["", *keys] for keys in pairs.group_by("la_code", maintain_order=True).agg("child_key")["child_key"]]
        for chosen in product(*choices):
            keys = sorted(key for key in chosen if key)
            number = len(variants) + 1
            variants.append((number, cast("int", dyad_id), CHILD_KEYS_SEPARATOR.join(keys)))
            children += [(number, key) for key in (*keys, *always.get(cast("int", dyad_id), []))]
    return (
        pl.DataFrame(
            variants, schema={"variant_id": pl.Int64, "dyad_id": pl.Int64, "child_keys": pl.String}, orient="row"
        ),
        pl.DataFrame(children, schema={"dyad_id": pl.Int64, "child_key": pl.String}, orient="row"),
    )


def _limit_variants(candidates: pl.DataFrame) -> pl.DataFrame:
    """The candidates, less the weakest of an infant with too many variants."""
    counted = candidates.group_by("infant_id", "la_code").len()
    n_variants = counted.group_by("infant_id").agg(n=(pl.col("len") + 1).cast(pl.Float64).product())
    many = n_variants.filter(pl.col("n") > MAXIMUM_VARIANTS).select("infant_id")
    crowded = candidates.join(many, on="infant_id").sort("infant_id")
    kept = [_strongest(infant) for infant in crowded.partition_by("infant_id", maintain_order=True)]
    return pl.concat([candidates.join(many, on="infant_id", how="anti"), *kept])


def _strongest(pairs: pl.DataFrame) -> pl.DataFrame:
    left = pairs.sort("match_probability", "child_key")
    while prod(n + 1 for n in left.group_by("la_code").len()["len"]) > MAXIMUM_VARIANTS:
        left = left.slice(1)
    return left
