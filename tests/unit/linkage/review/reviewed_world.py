"""A made-up linkage whose model is calibrated: weights, links and the truth of each pair."""

from __future__ import annotations

import numpy as np
import polars as pl


def make_scored_pairs(n_links: int, n_others: int, seed: int, shift: float = 0.0) -> pl.DataFrame:
    """Scored pairs with `is_true`; with `shift` the model is too sure by so much match weight."""
    rng = np.random.default_rng(seed)
    weight = np.concatenate([rng.normal(18, 7, n_links), rng.normal(-4, 5, n_others)]).round(6)
    is_true = rng.random(n_links + n_others) < 1 / (1 + 2.0 ** (shift - weight))
    numbers = [f"{place:05}" for place in range(n_links + n_others)]
    return pl.DataFrame(
        {
            "left_id": [f"i{number}" for number in numbers],
            "right_id": [f"201:{number}" for number in numbers],
            "step": ["probabilistic"] * n_links + [None] * n_others,
            "match_weight": weight,
            "match_probability": (1 / (1 + 2.0**-weight)).round(6),
            "is_true": is_true,
        }
    )


def decide_by_truth(sample: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The sample as a reviewer who knows the truth fills it."""
    decision = pl.when("is_true").then(pl.lit("match")).otherwise(pl.lit("no match"))
    return sample.join(pairs.select("left_id", "is_true"), on="left_id").with_columns(decision=decision)


def true_quality(pairs: pl.DataFrame) -> dict[str, float]:
    """Precision, recall and F1 of the links among all scored pairs."""
    is_link = pairs["step"].is_not_null()
    right, links, true = (pairs["is_true"] & is_link).sum(), is_link.sum(), pairs["is_true"].sum()
    return {"precision": right / links, "recall": right / true, "f1": 2 * right / (links + true)}
