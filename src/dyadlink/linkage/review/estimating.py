"""Precision and recall of the links as reviewed pairs tell them, with intervals that know how they were drawn.

Within a stratum h of N_h pairs, n_h are drawn and y_h of them judged a match. The total of matches is estimated by
T = sum N_h y_h / n_h (Cochran 1977, Sampling Techniques, chapter 5). Then, with T_L of the strata of links, T_U of the
others, and N_L links:

    precision = T_L / N_L        recall = T_L / (T_L + T_U)        F1 = 2 T_L / (N_L + T_L + T_U)

Variances: V(T) = sum N_h^2 (1 - n_h / N_h) q_h (1 - q_h) / n_h, with q_h = (y_h + 1/2) / (n_h + 1), so that a stratum
in which all pairs are judged alike is not taken for certain; ratios by linearisation (Cochran, section 6.4). The
interval is Wilson's with the number of pairs that a simple random sample of the same variance would have (Korn &
Graubard 1998, Surv Methodol 24:193), so that it stays between 0 and 1. The design follows Boyd et al. 2016, Methods Inf
Med 55:276.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from dyadlink.intervals import Z_95, wilson
from dyadlink.schemas import check_table
from dyadlink.schemas.link_quality import ReviewEstimates

MATCH, NO_MATCH, CANNOT_TELL = "match", "no match", "cannot tell"
DECISIONS = (MATCH, NO_MATCH, CANNOT_TELL)


@dataclass(frozen=True)
class _Total:
    """An estimated total of matches: as drawn, smoothed for the variance, and its variance."""

    matches: float
    smoothed: float
    variance: float
    n_pairs: int
    n_match: int
    n_no_match: int


def estimate_quality(reviewed: pl.DataFrame) -> pl.DataFrame:
    """Precision, recall and F1 of the links, estimated from reviewed pairs.

    Recall is that among scored pairs: true pairs that no step and no blocking rule brought cannot be sampled.

    Args:
        reviewed: `stratum`, `n_in_stratum`, `is_link` and `decision` (match, no match, cannot tell) of every pair of
            the sample.

    Returns:
        As in `ReviewEstimates`, each quantity with the undecided pairs left out, taken for no match, and for a match.
        An estimate is null where a stratum has no decided pair, or where nothing is a match.
    """
    is_undecided = pl.col("decision") == CANNOT_TELL
    ways = {
        "left_out": reviewed.filter(~is_undecided),
        "no_match": reviewed.with_columns(pl.col("decision").replace(CANNOT_TELL, NO_MATCH)),
        "match": reviewed.with_columns(pl.col("decision").replace(CANNOT_TELL, MATCH)),
    }
    every = set(reviewed["stratum"])
    rows = [row for way, pairs in ways.items() for row in _rows(pairs, way, is_whole=set(pairs["stratum"]) == every)]
    frame = pl.DataFrame(rows, schema=ReviewEstimates.create_empty().schema, orient="row")
    return check_table(frame, ReviewEstimates, "review_estimates")


def _rows(pairs: pl.DataFrame, way: str, *, is_whole: bool) -> list[tuple[object, ...]]:
    links, others = (_total(pairs.filter(pl.col("is_link") == is_link)) for is_link in (True, False))
    of_links = (links.n_match, links.n_no_match)
    of_both = (links.n_match + others.n_match, links.n_no_match + others.n_no_match)
    nothing: Interval = (None, None, None)
    precision, recall, f1 = (
        (_precision(links), _recall(links, others), _f1(links, others)) if is_whole else (nothing, nothing, nothing)
    )
    # F1 and recall together tell the precision: it must be released with it or not at all.
    return [
        ("precision", way, *precision, *of_links),
        ("recall", way, *recall, *of_both),
        ("f1", way, *f1, *of_links),
    ]


def _total(pairs: pl.DataFrame) -> _Total:
    is_match = pl.col("decision") == MATCH
    strata = pairs.group_by("stratum").agg(pl.col("n_in_stratum").first(), n=pl.len(), y=is_match.sum()).sort("stratum")
    matches = smoothed = variance = 0.0
    for size, n, y in strata.select("n_in_stratum", "n", "y").iter_rows():
        # All pairs of the stratum were seen: nothing is left to chance.
        q = (y + 0.5) / (n + 1) if n < size else y / n
        matches += size * y / n
        smoothed += size * q
        variance += size**2 * (1 - n / size) * q * (1 - q) / n
    n_match = int(strata["y"].sum())
    return _Total(matches, smoothed, variance, int(strata["n_in_stratum"].sum()), n_match, pairs.height - n_match)


Interval = tuple[float | None, float | None, float | None]


def _precision(links: _Total) -> Interval:
    if not links.n_pairs:
        return None, None, None
    share = links.smoothed / links.n_pairs
    return _interval(links.matches / links.n_pairs, share, links.variance / links.n_pairs**2)


def _recall(links: _Total, others: _Total) -> Interval:
    true = links.matches + others.matches
    if not true:
        return None, None, None
    all_smoothed = links.smoothed + others.smoothed
    share = links.smoothed / all_smoothed
    variance = ((1 - share) ** 2 * links.variance + share**2 * others.variance) / all_smoothed**2
    return _interval(links.matches / true, share, variance)


def _f1(links: _Total, others: _Total) -> Interval:
    whole = links.n_pairs + links.matches + others.matches
    if not whole:
        return None, None, None
    smoothed = links.n_pairs + links.smoothed + others.smoothed
    share = 2 * links.smoothed / smoothed
    by_links = 2 * (links.n_pairs + others.smoothed) / smoothed**2
    by_others = 2 * links.smoothed / smoothed**2
    return _interval(2 * links.matches / whole, share, by_links**2 * links.variance + by_others**2 * others.variance)


def _interval(estimate: float, share: float, variance: float) -> Interval:
    """The estimate with Wilson's interval for as many pairs as a simple random sample would need."""
    if variance <= 0:
        return estimate, estimate, estimate
    n = share * (1 - share) / variance
    _, low, high = wilson(estimate * n, n)
    return estimate, low, high


def estimate_agreement(reviewed: pl.DataFrame) -> pl.DataFrame:
    """Cohen's kappa of two reviewers over the three decisions, as one row of `ReviewEstimates`.

    Args:
        reviewed: `decision` and `decision_2` of every pair that both judged.

    Returns:
        Quantity `agreement` with `cannot_tell` left_out (it is a decision of its own here); the counts are the pairs
        on which both agree, and the others. Null where both always say the same one thing.

    Source: Cohen 1960, Educ Psychol Meas 20:37; standard error of Fleiss, Cohen & Everitt 1969, Psychol Bull 72:323.
    """
    share = {
        (one, two): reviewed.filter(pl.col("decision") == one, pl.col("decision_2") == two).height / reviewed.height
        for one in DECISIONS
        for two in DECISIONS
    }
    first = {d: sum(share[d, other] for other in DECISIONS) for d in DECISIONS}
    second = {d: sum(share[other, d] for other in DECISIONS) for d in DECISIONS}
    agreed = sum(share[d, d] for d in DECISIONS)
    by_chance = sum(first[d] * second[d] for d in DECISIONS)
    n_agreed = round(agreed * reviewed.height)
    counts = (n_agreed, reviewed.height - n_agreed)
    schema = ReviewEstimates.create_empty().schema
    if by_chance >= 1:
        row: tuple[object, ...] = ("agreement", "left_out", None, None, None, *counts)
        return pl.DataFrame([row], schema=schema, orient="row")
    kappa = (agreed - by_chance) / (1 - by_chance)
    on = sum(share[d, d] * (1 - (first[d] + second[d]) * (1 - kappa)) ** 2 for d in DECISIONS)
    off = (1 - kappa) ** 2 * sum(
        share[one, two] * (second[one] + first[two]) ** 2 for one in DECISIONS for two in DECISIONS if one != two
    )
    left = (kappa - by_chance * (1 - kappa)) ** 2
    error = math.sqrt(max(0.0, on + off - left) / reviewed.height) / (1 - by_chance)
    row = ("agreement", "left_out", kappa, max(-1.0, kappa - Z_95 * error), min(1.0, kappa + Z_95 * error), *counts)
    return pl.DataFrame([row], schema=schema, orient="row")
