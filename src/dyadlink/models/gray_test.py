"""Gray's test of whether groups differ in the cumulative incidence of a cause, the other causes competing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

ONE_GROUP = "there is only one group"
NO_EVENTS = "nobody had the event"
SINGULAR = "the groups cannot be told apart: too few of them are at risk together when an event happens"


@dataclass(frozen=True)
class GrayTest:
    """Result of the test.

    Attributes:
        statistic: Chi-squared with `df` degrees of freedom if the cumulative incidence is the same in all groups; nan
            where there is a problem.
        df: Groups less one.
        p_value: Chance of a statistic as great as this; nan where there is a problem.
        problem: Why there is no statistic, in words that name no group and no count; empty when there is one.
    """

    statistic: float
    df: int
    p_value: float
    problem: str = ""


def gray_test(
    days: ArrayLike, event: ArrayLike, competing: ArrayLike, group: ArrayLike, strata: ArrayLike | None = None
) -> GrayTest:
    """Gray's k-sample test for one cause, exact with tied days: rho = 0, as R's cmprsk prints it.

    The score compares subdistribution hazards, and someone who had a competing event stays at risk of the cause.
    Scores and variances of strata add up. It takes every row for independent. Source: Gray 1988, Ann Stat 16:1141.

    Args:
        days: Time to the event, the competing event or the censoring.
        event: Whether the cause happened then.
        competing: Whether another cause ended the time at risk; neither: censored.
        group: The group, any values that compare.
        strata: Groups are compared within each of these; nothing where all are one stratum.

    Raises:
        ValueError: The arrays differ in length, or a row has both the event and a competing one.
    """
    arrays = [np.asarray(days, dtype=np.float64), np.asarray(event, dtype=bool), np.asarray(competing, dtype=bool)]
    times, is_event, is_competing = arrays
    groups, codes = _codes(group)
    stratum = np.zeros(len(times), dtype=np.intp) if strata is None else _codes(strata)[1]
    if len({*map(len, arrays), len(codes), len(stratum)}) > 1:
        raise ValueError("days, event, competing, group and strata differ in length")
    if np.any(is_event & is_competing):
        raise ValueError("a row has both the event and a competing event")
    df = len(groups) - 1
    if df < 1:
        return GrayTest(math.nan, 0, math.nan, ONE_GROUP)
    if not is_event.any():
        return GrayTest(math.nan, df, math.nan, NO_EVENTS)
    score, variance = np.zeros(df), np.zeros((df, df))
    for value in range(stratum.max() + 1):
        rows = stratum == value
        if not is_event[rows].any():
            continue
        # In a tiny table the pooled incidence can reach 1 with groups still at risk: then there is no variance.
        with np.errstate(divide="ignore", invalid="ignore"):
            added = _score_and_variance(times[rows], is_event[rows], is_competing[rows], codes[rows], len(groups))
        score, variance = score + added[0], variance + added[1]
    return _test(score, variance)


def _codes(values: ArrayLike) -> tuple[NDArray[Any], NDArray[np.intp]]:
    levels, codes = np.unique(np.asarray(values), return_inverse=True)
    return levels, codes


def _test(score: Floats, variance: Floats) -> GrayTest:
    from scipy.stats import chi2  # noqa: PLC0415 - heavy

    df = len(score)
    if not np.isfinite(variance).all() or np.linalg.matrix_rank(variance, hermitian=True) < df:
        return GrayTest(math.nan, df, math.nan, SINGULAR)
    statistic = float(score @ np.linalg.solve(variance, score))
    if statistic < 0:
        return GrayTest(math.nan, df, math.nan, SINGULAR)
    return GrayTest(statistic, df, float(chi2.sf(statistic, df)))


def _score_and_variance(
    days: Floats, event: NDArray[np.bool_], competing: NDArray[np.bool_], codes: NDArray[np.intp], n_groups: int
) -> tuple[Floats, Floats]:
    """Score of all groups but the last, and its variance, in one stratum.

    Arrays have one row per day with an event of any cause and one column per group; a name that ends in `_before` is
    of just before the day, one in `_after` of just after it.
    """
    moments, at = np.unique(days, return_inverse=True)
    is_moment_used = np.bincount(at, weights=event | competing, minlength=len(moments)) > 0

    def count(chosen: NDArray[np.bool_]) -> Floats:
        cells = np.bincount(at[chosen] * n_groups + codes[chosen], minlength=len(moments) * n_groups)
        return cells.reshape(len(moments), n_groups).astype(np.float64)

    gone = count(np.ones_like(event))
    at_risk = (gone.sum(axis=0) - gone.cumsum(axis=0) + gone)[is_moment_used]
    n_event, n_other = count(event)[is_moment_used], count(competing)[is_moment_used]
    is_there = at_risk > 0
    risk_set = np.where(is_there, at_risk, 1.0)  # A divisor that is never zero; what it gives is multiplied by zero.

    survival_after = np.cumprod(1 - (n_event + n_other) / risk_set, axis=0)
    survival_before = _before(survival_after, 1.0)
    used_survival = np.where(is_there, survival_before, 1.0)
    incidence_after = np.cumsum(survival_before * n_event / risk_set, axis=0)

    # Someone is at risk of the cause still if a competing event took him: a risk set over its survival counts both.
    weight = at_risk / used_survival
    total = weight.sum(axis=1, keepdims=True)
    remaining = weight * (1 - _before(incidence_after, 0.0))
    events = n_event.sum(axis=1, keepdims=True)
    score = (n_event - events * remaining / remaining.sum(axis=1, keepdims=True)).sum(axis=0)

    pooled_after = np.cumsum(events / total, axis=0)
    pooled_before = _before(pooled_after, 0.0)
    # [day, group of the score, group whose events vary]
    shares = weight[:, :, None] * (np.eye(n_groups) - (weight / total)[:, None, :])
    running = np.cumsum(shares * (events / (total * (1 - pooled_before)))[:, :, None], axis=0)
    still_to_come = running[-1] - running

    has_survivors = survival_after > 0
    ratio = np.where(has_survivors, (1 - pooled_after) / np.where(has_survivors, survival_after, 1.0), 0.0)
    by_event = shares + (1 - ratio)[:, None, :] * still_to_come
    by_other = ratio[:, None, :] * still_to_come
    # Ties: the days' events are drawn without putting back, from the pooled risk set, or from the group's own.
    chance_event = _without_replacement(events, total * survival_before) * survival_before * events / total / risk_set
    chance_other = _without_replacement(n_other, at_risk) * survival_before**2 * n_other / risk_set**2
    variance = np.einsum("tik,tjk,tk->ij", by_event, by_event, chance_event * is_there) + np.einsum(
        "tik,tjk,tk->ij", by_other, by_other, chance_other * (is_there & has_survivors)
    )
    return score[:-1], variance[:-1, :-1]


def _before(after: NDArray[np.floating], start: float) -> Floats:
    return np.vstack([np.full((1, after.shape[1]), start), after[:-1]])


def _without_replacement(drawn: Floats, pool: Floats) -> Floats:
    is_tied = np.broadcast_to(drawn > 1, pool.shape)
    return np.where(is_tied, 1 - (drawn - 1) / np.where(is_tied & (pool != 1), pool - 1, 1.0), 1.0)
