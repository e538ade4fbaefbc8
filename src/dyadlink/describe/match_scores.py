"""How far the linkage model tells pairs apart: match weights, and what each threshold would give."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dyadlink.describe.link_accuracy import PAIR, true_pairs
from dyadlink.estimates import Counts
from dyadlink.match_weights import BANDS, band_of
from dyadlink.schemas import check_table
from dyadlink.schemas.link_quality import ThresholdGrid

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.999)
"""Match probabilities that the grid asks about, beside the study's own."""


def count_match_weights(scored_pairs: pl.DataFrame) -> pl.DataFrame:
    """Scored pairs by match weight, linked and not.

    Args:
        scored_pairs: `step` (null where the pair is no link) and `match_weight` of every scored pair.

    Returns:
        Table `match_weights` of pairs: variables `links` and `other_pairs`, each with its own total and the bands of
        the match weight; columns as in `Counts`. Empty where no pair was scored.
    """
    binned = scored_pairs.drop_nulls("match_weight").select(
        variable=pl.when(pl.col("step").is_null()).then(pl.lit("other_pairs")).otherwise(pl.lit("links")),
        level=band_of("match_weight"),
    )
    variables = ["links", "other_pairs"] if binned.height else []
    skeleton = pl.DataFrame({"variable": variables}, schema={"variable": pl.String}).join(
        pl.DataFrame({"level": ["total", *BANDS]}), how="cross", maintain_order="left_right"
    )
    counted = pl.concat([binned, binned.with_columns(level=pl.lit("total"))]).group_by("variable", "level").len("n")
    rows = skeleton.join(counted, on=["variable", "level"], how="left", maintain_order="left").select(
        pl.lit("match_weights").alias("table"), "variable", "level", pl.lit("all").alias("group"),
        pl.col("n").fill_null(0).cast(pl.Int64),
    )  # fmt: skip
    return check_table(rows, Counts, "match_weights")


def grid_of_thresholds(
    scored_pairs: pl.DataFrame,
    *,
    threshold: float,
    probabilistic_step: str,
    truth: pl.DataFrame | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
) -> pl.DataFrame:
    """Links, and how many of them are expected to be right, at each threshold of the match probability.

    Links of the exact ladder stand at every threshold. Of the other pairs each threshold keeps those whose weighed
    probability reaches it: the links that the linkage would make. At the study's own these are the links that it made.

    Args:
        scored_pairs: `infant_id`, `child_key`, `step` (null where the pair is no link) and `weighed_probability` of
            every scored pair.
        threshold: That of the study, a row of its own.
        probabilistic_step: Name of the step whose links depend on the threshold.
        truth: `infant_id`, `la_code`, `la_child_id` of every true link; synthetic data only.
        thresholds: Further thresholds, from a half on: below, a pair can reach one that is not the best of its two.

    Returns:
        As in `ThresholdGrid`, rising; empty where no pair was scored.

    Source: with a calibrated model the sum of the match probabilities estimates the true pairs among any set of pairs
    (Enamorado, Fifield & Imai 2019, Am Polit Sci Rev 113:353). Ready-made links are not scored and not counted here.
    """
    is_made = pl.col("step").is_not_null()
    is_fixed = pl.col("step").ne_missing(probabilistic_step) & is_made
    wanted = true_pairs(truth).unique() if truth is not None else None
    rows = []
    for at in sorted({*thresholds, threshold}) if scored_pairs.height else []:
        reached = pl.col("weighed_probability") >= at
        kept = scored_pairs.filter(is_made if at == threshold else is_fixed | reached)
        rows.append(
            {
                "threshold": at,
                "n_links": kept.height,
                "expected_right": kept["weighed_probability"].sum(),
                "is_study": at == threshold,
                "expected_true": scored_pairs["weighed_probability"].sum(),
                "n_right": None if wanted is None else kept.join(wanted, on=PAIR, how="semi").height,
                "n_true": None if wanted is None else wanted.height,
            }
        )
    return check_table(pl.DataFrame(rows, schema=ThresholdGrid.create_empty().schema), ThresholdGrid, "threshold_grid")
