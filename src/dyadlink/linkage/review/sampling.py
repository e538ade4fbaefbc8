"""A stratified sample of scored pairs, each with the probability with which it was drawn."""

from __future__ import annotations

import math

import dataframely as dy
import numpy as np
import polars as pl

from dyadlink.errors import DyadlinkError
from dyadlink.match_weights import band_of
from dyadlink.schemas import check_table

LEAST_IN_STRATUM = 5
"""Pairs drawn from every stratum at least: without a pair nothing is known of it."""
_LEAST_SPREAD = 0.1
# Where the model is sure it may be wrong: a stratum is never taken for one without spread.


class ReviewSample(dy.Schema):
    """Grain: one row per pair to review (pair_id). The key to the reviewer's file; holds no identifier."""

    pair_id = dy.String(primary_key=True, regex=r"^p\d{4,}$", description="Number of the pair, in random order.")
    left_id = dy.String(description="Person of the left side: the infant.")
    right_id = dy.String(description="Person of the right side: the child record.")
    is_link = dy.Bool(description="The linkage made a link of the pair.")
    match_weight = dy.Float64(description="log2 of the odds of a match, prior included.")
    match_probability = dy.Float64(min=0, max=1, description="Posterior probability of a match.")
    stratum = dy.String(description="Band of the match weight, among links or among other pairs.")
    n_in_stratum = dy.Int64(min=1, description="Scored pairs of the stratum.")
    n_drawn = dy.Int64(min=1, description="Of them drawn.")
    sampling_probability = dy.Float64(min=0, max=1, description="n_drawn / n_in_stratum.")


def draw_sample(scored_pairs: pl.DataFrame, n_pairs: int, seed: int) -> pl.DataFrame:
    """Pairs to review: half of them links, drawn at random within bands of the match weight.

    Every stratum gives at least five pairs (or all it has); the rest go where pairs are many and the model is unsure
    (Neyman's allocation with the mean match probability; Cochran 1977, Sampling Techniques, section 5.5).

    Args:
        scored_pairs: `left_id`, `right_id`, `step` (null: no link), `match_weight`, `match_probability`; pairs without
            a weight (links handed over ready-made) cannot be drawn.
        n_pairs: Pairs to draw; more where the strata are many, fewer where there are not so many pairs.
        seed: Seed of the draws; the order of the rows does not matter.

    Returns:
        As in `ReviewSample` with the further columns of `scored_pairs`, in random order.

    Raises:
        DyadlinkError: No pair has a match weight.
    """
    frame = _strata(scored_pairs)
    if frame.is_empty():
        raise DyadlinkError(
            "no pair has a match weight, so there is nothing to review",
            where="clerical review",
            mend="use a linkage with a model (linkage.probabilistic)",
        )
    rng = np.random.default_rng(seed)
    drawn = [
        part[rng.choice(part.height, size, replace=False)].with_columns(
            n_in_stratum=pl.lit(part.height, pl.Int64), n_drawn=pl.lit(size, pl.Int64)
        )
        for part, size in _allocate(frame, n_pairs)
    ]
    sample = pl.concat(drawn)
    shuffled = sample[rng.permutation(sample.height)]
    named = shuffled.with_row_index("place", offset=1).select(
        pl.format("p{}", pl.col("place").cast(pl.String).str.zfill(4)).alias("pair_id"),
        *("left_id", "right_id", "is_link", "match_weight", "match_probability"),
        *("stratum", "n_in_stratum", "n_drawn"),
        sampling_probability=pl.col("n_drawn") / pl.col("n_in_stratum"),
    )
    check_table(named, ReviewSample, "clerical sample")
    agreement = shuffled.select(name for name in shuffled.columns if name.startswith("gamma_"))
    return pl.concat([named, agreement], how="horizontal")


def _strata(scored_pairs: pl.DataFrame) -> pl.DataFrame:
    kind = pl.when("is_link").then(pl.lit("link, ")).otherwise(pl.lit("no link, "))
    return (
        scored_pairs.drop_nulls("match_weight")
        .with_columns(is_link=pl.col("step").is_not_null())
        .with_columns(stratum=kind + band_of("match_weight"))
        .sort("left_id", "right_id")
    )


def _allocate(frame: pl.DataFrame, n_pairs: int) -> list[tuple[pl.DataFrame, int]]:
    """Each stratum and how many of its pairs to draw, strata by name."""
    allocated = []
    for _, side in sorted(frame.partition_by("is_link", as_dict=True).items()):
        parts = [part for _, part in sorted(side.partition_by("stratum", as_dict=True).items())]
        spread = [_spread(part) for part in parts]
        for part, share in zip(parts, spread, strict=True):
            wanted = round(n_pairs / 2 * share / sum(spread))
            allocated.append((part, min(part.height, max(LEAST_IN_STRATUM, wanted))))
    return allocated


def _spread(part: pl.DataFrame) -> float:
    mean = float(part["match_probability"].to_numpy().mean())
    return part.height * max(_LEAST_SPREAD, math.sqrt(mean * (1 - mean)))
