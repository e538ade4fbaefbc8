"""The exact ladder: ordered steps of identifiers that must all agree."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dyadlink.config import LadderStep

LINK_COLUMNS = {
    "infant_id": pl.String(),
    "child_key": pl.String(),
    "step": pl.String(),
    "match_probability": pl.Float64(),
}


def link_by_ladder(infants: pl.DataFrame, candidates: pl.DataFrame, steps: Sequence[LadderStep]) -> pl.DataFrame:
    """Links made by exact steps, in order; each step sees what the steps before it left.

    A link must be the only one in its step for the child record, and for the infant within the authority: an
    infant can be known to several authorities, never twice to one. Pairs that are not unique are left to the
    steps after.

    Returns:
        `infant_id`, `child_key`, `step`, `match_probability` (null: a step is no probability), sorted.

    Source: ordered deterministic steps as in the ECHILD and HESID algorithms (STANDARDS 5.5).
    """
    links = pl.DataFrame(schema=LINK_COLUMNS)
    for step in steps:
        links = pl.concat([links, _link_one_step(infants, candidates, step, links)])
    return links.sort("infant_id", "child_key")


def _link_one_step(
    infants: pl.DataFrame, candidates: pl.DataFrame, step: LadderStep, links: pl.DataFrame
) -> pl.DataFrame:
    free = candidates.join(links, on="child_key", how="anti")
    pairs = infants.join(free, on=list(step.keys), how="inner", suffix="_candidate")
    for column in step.unless_different:
        # A comparison with a missing value is null, and a missing value refuses nothing.
        pairs = pairs.filter((pl.col(column) == pl.col(f"{column}_candidate")).fill_null(value=True))
    taken = links.join(candidates.select("child_key", "la_code"), on="child_key").select("infant_id", "la_code")
    pairs = pairs.join(taken, on=["infant_id", "la_code"], how="anti")
    unique = (pl.len().over("infant_id", "la_code") == 1) & (pl.len().over("child_key") == 1)
    return pairs.filter(unique).select(
        "infant_id",
        "child_key",
        pl.lit(step.name).alias("step"),
        pl.lit(None, dtype=pl.Float64).alias("match_probability"),
    )
