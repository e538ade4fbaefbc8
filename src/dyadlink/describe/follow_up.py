"""How long the dyads were followed, who was not followed to T3, and why."""

from __future__ import annotations

import polars as pl

from dyadlink.describe.counting import check_accounting, count_levels_by_group, pool_small_levels
from dyadlink.describe.outcomes import COUNTRIES
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table
from dyadlink.schemas.analysis import CUT_SHORT

END_REASONS = ("t3", "death", *CUT_SHORT)


def count_follow_up(analysis: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """Dyads by why their follow-up ended, by country; and by authority whether it was cut short.

    Args:
        analysis: A table that obeys `Analysis`.
        smallest: The least count that may be shown: smaller authorities are put together.

    Returns:
        Table `follow_up_ends` with groups all and each country, and table `follow_up_by_authority` with groups all,
        whole (to T3 or a death) and cut_short; columns as in `Counts`.

    Raises:
        ContractError: The counts do not add up.
    """
    everyone = analysis["dyad_id"].is_not_null()
    countries = {country: analysis["country"] == country for country in COUNTRIES}
    ends = count_levels_by_group(
        analysis.select("end_reason"), {"end_reason": END_REASONS}, {"all": everyone, **countries}
    )
    is_short = pl.col("end_reason").is_in(CUT_SHORT)
    pooled = pool_small_levels(analysis, is_short, smallest)
    short = pooled.select(is_short.alias("is_short"))["is_short"]
    authorities = sorted(pooled["la_code"].unique())
    by_authority = count_levels_by_group(
        pooled.select("country", "la_code"),
        {"country": COUNTRIES, "la_code": authorities},
        {"all": everyone, "whole": ~short, "cut_short": short},
    )
    counts = pl.concat(
        [
            ends.with_columns(table=pl.lit("follow_up_ends")),
            by_authority.with_columns(table=pl.lit("follow_up_by_authority")),
        ]
    )
    return check_table(check_accounting(counts).select(list(Counts.columns())), Counts, "follow_up")
