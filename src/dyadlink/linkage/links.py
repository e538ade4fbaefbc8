"""From standardised identifiers to links."""

from __future__ import annotations

import polars as pl

from dyadlink.config import Linkage
from dyadlink.linkage.ladder import link_by_ladder
from dyadlink.linkage.probabilistic import link_by_probability


def link_infants(infants: pl.DataFrame, candidates: pl.DataFrame, settings: Linkage, threads: int = 1) -> pl.DataFrame:
    """Links between infants and child records: the exact ladder, then Splink for the rest.

    Returns:
        `infant_id`, `child_key`, `step`, `match_probability`; one row for each link, sorted by both keys. A child
        record has at most one infant, and an infant at most one record in each authority.
    """
    infants, candidates = infants.sort("infant_id"), candidates.sort("child_key")
    exact = link_by_ladder(infants, candidates, settings.ladder)
    probable = link_by_probability(infants, candidates, exact, settings, threads)
    return pl.concat([exact, probable]).sort("infant_id", "child_key")
