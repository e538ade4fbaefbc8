"""How the outcomes move with the definitions: the study's own, and each alternative of the configuration."""

from __future__ import annotations

import polars as pl

from dyadlink.describe.outcomes import count_states
from dyadlink.describe.variables import DEFINED_OUTCOMES
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table

STUDY = "study"
"""The study as it is, to hold the alternatives against."""


def count_alternatives(analysis: pl.DataFrame, alternatives: pl.DataFrame) -> pl.DataFrame:
    """Dyads at each level of each outcome, under each set of definitions.

    Args:
        analysis: A table that obeys `Analysis`.
        alternatives: A table that obeys `AnalysisAlternatives`.

    Returns:
        A table for each alternative, by its name, after the table `study`; group all; columns as in `Counts`. Empty
        where there is no alternative.

    Raises:
        ContractError: A value is none of its variable's levels, or the counts do not add up.
    """
    if alternatives.is_empty():
        return Counts.create_empty()
    named = {STUDY: analysis} | {
        str(name): rows for (name,), rows in alternatives.group_by("alternative", maintain_order=True)
    }
    counts = [
        count_states(rows, DEFINED_OUTCOMES, {"all": rows.get_column("dyad_id").is_not_null()}, name)
        for name, rows in named.items()
    ]
    return check_table(pl.concat(counts), Counts, "alternatives")
