"""Pairs are drawn within bands of the match weight, with stated probabilities, whatever the order of the rows."""

from __future__ import annotations

import polars as pl
import pytest
from reviewed_world import make_scored_pairs

from dyadlink.errors import DyadlinkError
from dyadlink.linkage.review.sampling import LEAST_IN_STRATUM, draw_sample

PAIRS = make_scored_pairs(800, 3000, seed=1)


def test_half_of_the_pairs_are_links_and_every_stratum_is_in_it() -> None:
    sample = draw_sample(PAIRS, 300, seed=1)
    assert abs(sample["is_link"].sum() - 150) < 25
    sizes = sample.group_by("stratum").agg(pl.len(), pl.col("n_drawn", "n_in_stratum").first())
    assert (sizes["len"] == sizes["n_drawn"]).all()
    assert (sizes["n_drawn"] >= sizes["n_in_stratum"].clip(upper_bound=LEAST_IN_STRATUM)).all()
    # The strata divide all pairs: the numbers that the estimates weigh by lose nobody.
    assert sizes["n_in_stratum"].sum() == PAIRS.height


def test_the_probability_is_that_of_the_draw() -> None:
    sample = draw_sample(PAIRS, 300, seed=1)
    assert (sample["sampling_probability"] == sample["n_drawn"] / sample["n_in_stratum"]).all()
    # A weight of 1 / probability for each pair gives back the number of pairs.
    assert (1 / sample["sampling_probability"]).sum() == pytest.approx(PAIRS.height)


def test_the_order_of_the_rows_does_not_matter_and_the_seed_does() -> None:
    sample = draw_sample(PAIRS, 100, seed=7)
    assert sample.equals(draw_sample(PAIRS.sample(fraction=1, shuffle=True, seed=3), 100, seed=7))
    assert not sample.equals(draw_sample(PAIRS, 100, seed=8))


def test_each_pair_of_a_stratum_is_as_likely_as_the_next() -> None:
    pairs = make_scored_pairs(40, 60, seed=2)
    drawn = pl.concat(draw_sample(pairs, 40, seed=seed) for seed in range(400))
    expected = drawn.unique("left_id").select("left_id", "sampling_probability")
    found = drawn.group_by("left_id").agg(share=pl.len() / 400).join(expected, on="left_id")
    # Four standard errors of a share of 400 draws, for a hundred pairs at once.
    assert (found["share"] - found["sampling_probability"]).abs().max() < 4 * 0.5 / 20


def test_pair_numbers_do_not_tell_the_stratum() -> None:
    sample = draw_sample(PAIRS, 300, seed=1)
    first_half = sample.head(sample.height // 2)["is_link"].mean()
    assert sample["pair_id"].to_list() == sorted(sample["pair_id"])
    assert first_half == pytest.approx(sample["is_link"].mean(), abs=0.12)


def test_without_weights_there_is_nothing_to_review() -> None:
    with pytest.raises(DyadlinkError, match="nothing to review"):
        draw_sample(PAIRS.with_columns(match_weight=pl.lit(None, pl.Float64)), 100, seed=1)
