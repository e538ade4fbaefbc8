"""From standardised identifiers to links."""

from __future__ import annotations

import polars as pl

from dyadlink.config import Linkage
from dyadlink.linkage.ladder import link_by_ladder
from dyadlink.linkage.probabilistic import choose_links, score_pairs

READY_STEP = "ready_made"
"""The step of a link that an environment handed over."""


def link_infants(
    infants: pl.DataFrame,
    candidates: pl.DataFrame,
    ready_links: pl.DataFrame,
    settings: Linkage,
    threads: int = 1,
) -> pl.DataFrame:
    """The links of `link_and_score`."""
    return link_and_score(infants, candidates, ready_links, settings, threads)[0]


def link_and_score(
    infants: pl.DataFrame,
    candidates: pl.DataFrame,
    ready_links: pl.DataFrame,
    settings: Linkage,
    threads: int = 1,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Links between infants and child records: those handed over, then the exact ladder, then Splink for the rest.

    An infant or a child record with a link handed over is not linked by identifiers again.

    Args:
        infants: Standardised identifiers, a row for each infant.
        candidates: Standardised identifiers, a row for each child record.
        ready_links: `infant_id` and `child_key` of the links that an environment handed over.
        settings: Ladder, threshold and seed.
        threads: Threads of DuckDB.

    Returns:
        The links: `infant_id`, `child_key`, `step`, `match_probability`; one row for each link, sorted by both keys. A
        child record has at most one infant, and an infant at most one record in each authority. And the scored pairs,
        in the same columns: every pair that the model kept, and every link; the step is null where the pair is none.
    """
    infants = infants.join(ready_links, on="infant_id", how="anti").sort("infant_id")
    candidates = candidates.join(ready_links, on="child_key", how="anti").sort("child_key")
    ready = ready_links.select(
        "infant_id",
        "child_key",
        pl.lit(READY_STEP).alias("step"),
        pl.lit(None, dtype=pl.Float64).alias("match_probability"),
    )
    exact = link_by_ladder(infants, candidates, settings.ladder)
    scored = score_pairs(infants, candidates, settings, threads)
    probable = choose_links(scored, candidates, exact, settings)
    links = pl.concat([ready, exact, probable]).sort("infant_id", "child_key")
    keys = ["infant_id", "child_key"]
    pairs = scored.join(links.select(*keys, "step"), on=keys, how="left")
    unscored = links.join(scored, on=keys, how="anti").with_columns(match_probability=pl.lit(None, dtype=pl.Float64))
    return links, pl.concat([pairs.select(links.columns), unscored]).sort(keys)
