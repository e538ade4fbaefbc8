"""How many dyads are at which level of involvement at one timepoint, and at which at another."""

from __future__ import annotations

import polars as pl

from dyadlink.errors import ContractError
from dyadlink.schemas import CSC_LEVELS, check_table
from dyadlink.schemas.movement import NOT_OBSERVED, PAIRS, Transitions

_TIMES = ["from_time", "to_time"]
_LEVELS = ["from_level", "to_level"]


def level_at(time: str) -> pl.Expr:
    """The level of involvement at a timepoint; `not_observed` where the analysis table has none."""
    return pl.col(f"csc_level_{time}").fill_null(NOT_OBSERVED)


def count_transitions(analysis: pl.DataFrame) -> pl.DataFrame:
    """Dyads by their levels at two timepoints: birth to T1, T1 to T2, T2 to T3, and birth to T3.

    Args:
        analysis: A table that obeys `Analysis`.

    Returns:
        As in `Transitions`: the levels rising, `not_observed` last; count 0 included.

    Raises:
        ContractError: A level is none of `CSC_LEVELS`, or a dyad is not counted once for each pair of times.
    """
    levels = [*CSC_LEVELS, NOT_OBSERVED]
    every = pl.DataFrame({"from_level": levels}).join(
        pl.DataFrame({"to_level": levels}), how="cross", maintain_order="left_right"
    )
    counted = pl.concat(_count_pair(analysis, every, before, after) for before, after in PAIRS)
    return check_table(_check_accounting(counted, analysis.height), Transitions, "transitions")


def _count_pair(analysis: pl.DataFrame, every: pl.DataFrame, before: str, after: str) -> pl.DataFrame:
    found = (
        analysis.select(from_level=level_at(before), to_level=level_at(after))
        .group_by(_LEVELS)
        .agg(n=pl.len().cast(pl.Int64))
    )
    # A level that the spec lacks vanishes here, and is missed by the accounting.
    rows = every.join(found, on=_LEVELS, how="left", maintain_order="left")
    return rows.select(
        pl.lit(before).alias("from_time"), pl.lit(after).alias("to_time"), *_LEVELS, pl.col("n").fill_null(0)
    )


def _check_accounting(counted: pl.DataFrame, n_dyads: int) -> pl.DataFrame:
    """The counts, when every dyad is in each pair of times once, and a time has the same margin in each pair.

    Raises:
        ContractError: They are not; the message counts the pairs and margins that fail.
    """
    n_pairs = counted.group_by(_TIMES).agg(pl.col("n").sum()).filter(pl.col("n") != n_dyads).height
    margins = pl.concat(
        counted.group_by(pl.col("from_time", "to_time"), time=side + "_time", level=side + "_level")
        .agg(pl.col("n").sum())
        .select("time", "level", "n")
        for side in ("from", "to")
    )
    n_margins = margins.group_by("time", "level").agg(pl.col("n").n_unique()).filter(pl.col("n") > 1).height
    if n_pairs or n_margins:
        raise ContractError(
            f"dyads are lost or counted twice in {n_pairs} pair(s) of times, and {n_margins} margin(s) differ",
            where="transitions",
        )
    return counted
