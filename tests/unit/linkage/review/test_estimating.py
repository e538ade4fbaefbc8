"""Reviewed pairs give back the precision and recall of all links, and intervals that hold them."""

from __future__ import annotations

import math

import polars as pl
import pytest
from reviewed_world import decide_by_truth, make_scored_pairs, true_quality

from dyadlink.linkage.review.estimating import estimate_agreement, estimate_quality
from dyadlink.linkage.review.sampling import draw_sample

TWO_STRATA = pl.DataFrame(
    {
        "stratum": ["link"] * 4 + ["no link"] * 5,
        "n_in_stratum": [40] * 4 + [100] * 5,
        "is_link": [True] * 4 + [False] * 5,
        "decision": ["match", "match", "match", "no match", "match", "no match", "no match", "no match", "no match"],
    }
)


def _row(estimates: pl.DataFrame, quantity: str, way: str = "left_out") -> dict[str, float]:
    rows = estimates.filter(pl.col("quantity") == quantity, pl.col("cannot_tell") == way)
    return rows.row(0, named=True)


def test_the_estimates_weigh_each_stratum_by_its_pairs() -> None:
    estimates = estimate_quality(TWO_STRATA)
    # 40 * 3/4 = 30 true links; 100 * 1/5 = 20 true pairs that are no links.
    assert _row(estimates, "precision")["estimate"] == pytest.approx(30 / 40)
    assert _row(estimates, "recall")["estimate"] == pytest.approx(30 / 50)
    assert _row(estimates, "f1")["estimate"] == pytest.approx(2 * 30 / (40 + 50))


def test_f1_stands_or_falls_with_the_precision() -> None:
    """Recall and F1 give the precision away: the door must see the same few pairs behind F1."""
    estimates = estimate_quality(TWO_STRATA)
    counts = {
        name: (_row(estimates, name)["n_match"], _row(estimates, name)["n_no_match"]) for name in ("precision", "f1")
    }
    assert counts["f1"] == counts["precision"] == (3, 1)


def test_the_interval_is_wilsons_for_as_many_pairs_as_the_variance_is_worth() -> None:
    row = _row(estimate_quality(TWO_STRATA), "precision")
    q = 3.5 / 5
    variance = (1 - 4 / 40) * q * (1 - q) / 4
    n = q * (1 - q) / variance
    z = 1.959963984540054
    centre = (0.75 + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(0.75 * 0.25 / n + z**2 / (4 * n**2))
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((centre - half, centre + half))


def test_pairs_seen_one_and_all_leave_nothing_to_chance() -> None:
    seen = TWO_STRATA.with_columns(n_in_stratum=pl.len().over("stratum"))
    row = _row(estimate_quality(seen), "recall")
    assert row["conf_low"] == row["estimate"] == row["conf_high"] == pytest.approx(3 / 4)


def test_pairs_that_cannot_be_told_are_left_out_or_counted_either_way() -> None:
    undecided = TWO_STRATA.with_columns(
        decision=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("cannot tell")).otherwise("decision")
    )
    estimates = estimate_quality(undecided)
    assert _row(estimates, "precision", "left_out")["estimate"] == pytest.approx(1)
    assert _row(estimates, "precision", "no_match")["estimate"] == pytest.approx(0.75)
    assert _row(estimates, "precision", "match")["estimate"] == pytest.approx(1)
    assert _row(estimates, "precision", "left_out")["conf_low"] < 0.75


def test_a_stratum_of_which_nothing_can_be_told_leaves_the_estimate_open() -> None:
    undecided = TWO_STRATA.with_columns(decision=pl.when("is_link").then("decision").otherwise(pl.lit("cannot tell")))
    estimates = estimate_quality(undecided)
    assert _row(estimates, "recall", "left_out")["estimate"] is None
    assert _row(estimates, "recall", "no_match")["estimate"] == pytest.approx(1)


@pytest.mark.parametrize("shift", [0.0, 4.0])
def test_intervals_hold_the_truth_in_nineteen_of_twenty_samples(shift: float) -> None:
    """The truth stands in for the reviewer; with a shift the model is wrong, which the reviewer must find out."""
    pairs = make_scored_pairs(1200, 2500, seed=3, shift=shift)
    truth = true_quality(pairs)
    estimates = pl.concat(
        estimate_quality(decide_by_truth(draw_sample(pairs, 250, seed), pairs)) for seed in range(100)
    ).filter(pl.col("cannot_tell") == "left_out")
    for quantity, value in truth.items():
        of_it = estimates.filter(pl.col("quantity") == quantity)
        held = of_it.filter(pl.col("conf_low") <= value, pl.col("conf_high") >= value).height
        # 95 of 100 and no less; two standard errors below would be 91.
        assert held >= 95, quantity
        assert of_it["estimate"].mean() == pytest.approx(value, abs=0.006), quantity


def test_the_kappa_and_its_interval_are_those_of_statsmodels() -> None:
    from statsmodels.stats.inter_rater import cohens_kappa  # noqa: PLC0415  # only here

    words = ["match", "no match", "cannot tell"]
    one = [words[i % 3 if i % 7 else 0] for i in range(90)]
    two = [words[i % 3 if i % 5 else 1] for i in range(90)]
    frame = pl.DataFrame({"decision": one, "decision_2": two})
    table = [[frame.filter(decision=a, decision_2=b).height for b in words] for a in words]
    theirs = cohens_kappa(table)
    row = estimate_agreement(frame).row(0, named=True)
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == pytest.approx(
        (theirs.kappa, theirs.kappa_low, theirs.kappa_upp), abs=1e-9
    )


def test_two_who_always_say_the_same_one_thing_have_no_kappa() -> None:
    frame = pl.DataFrame({"decision": ["match"] * 3, "decision_2": ["match"] * 3})
    assert estimate_agreement(frame).item(0, "estimate") is None
