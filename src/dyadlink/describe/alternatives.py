"""How the outcomes move with the definitions: the study's own, and each alternative of the configuration."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dyadlink.describe.counting import check_accounting, count_levels_by_group
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table

STUDY = "study"
"""The study as it is, to hold the alternatives against."""

OUTCOMES = (
    "o1",
    "o2",
    "o2_any",
    "is_on_plan_at_t2",
    "o3",
    "o3_at_t3",
    "is_custody_lost_by_t2",
    "o4",
    "o4_at_t3",
    "o4_any",
)
"""What is counted again under each alternative."""

LEVELS = ("yes", "otherwise")
"""With the outcome; without it, not at risk of it or not followed: a small part of these would hide the rest."""


def count_alternatives(analysis: pl.DataFrame, alternatives: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Dyads with each outcome, and all others, under each set of definitions.

    Args:
        analysis: A table that obeys `Analysis`.
        alternatives: A table that obeys `AnalysisAlternatives`.
        names: Those asked for, in reading order; one without a dyad counts zeros.

    Returns:
        A table for each alternative, by its name, after the table `study`; group all; columns as in `Counts`. Empty
        where there is no alternative.

    Raises:
        ContractError: The counts do not add up.
    """
    if not names:
        return Counts.create_empty()
    named = {STUDY: analysis} | {name: alternatives.filter(pl.col("alternative") == name) for name in names}
    counts = [_count(rows).with_columns(table=pl.lit(name)) for name, rows in named.items()]
    return check_table(check_accounting(pl.concat(counts)), Counts, "alternatives")


def _count(rows: pl.DataFrame) -> pl.DataFrame:
    yes, otherwise = (pl.lit(level) for level in LEVELS)
    texts = rows.select(pl.when(name).then(yes).otherwise(otherwise).alias(name) for name in OUTCOMES)
    everyone = {"all": rows["dyad_id"].is_not_null()}
    return count_levels_by_group(texts, dict.fromkeys(OUTCOMES, LEVELS), everyone)
