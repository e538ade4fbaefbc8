"""Aalen-Johansen curves of competing causes, with errors that count what happens within a cluster once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dyadlink.models.sums import Floats, Ints, sum_by_group

_NOTHING = 1e-13


@dataclass(frozen=True)
class IncidenceCurves:
    """Curves over the distinct days, one row each.

    Attributes:
        days: The days.
        n_at_risk: Rows still at risk just before each.
        n_leaving: Rows that leave on it: one column for censoring, then one for each cause.
        incidence: Cumulative incidence of each cause, a column each.
        std_error: Its standard error.
    """

    days: Ints
    n_at_risk: Ints
    n_leaving: Ints
    incidence: Floats
    std_error: Floats


def draw_curves(days: Ints, cause: Ints, cluster: Ints, n_causes: int) -> IncidenceCurves:
    """The curves of rows that leave by a cause or are censored, and their jackknife errors.

    The standard error is the root of the sum over clusters of what their rows add to the curve, squared: the
    infinitesimal jackknife of R's survfit (`influence.pstate`), events of a day before its censorings. What a row adds
    is the same for all still at risk, and a line in the curve itself once it has left; so the sum over clusters
    changes only when a row leaves, and takes no table of rows by days.

    Args:
        days: Day on which each row leaves; the rows of a cluster stand together, in the order of their days.
        cause: 0 where it is censored, else the number of the cause.
        cluster: Number of the cluster, from 0, ascending.
        n_causes: Number of causes.
    """
    distinct, day = np.unique(days, return_inverse=True)
    n_days, n_ways = len(distinct), n_causes + 1
    way = day * n_ways + cause
    leaving = np.bincount(way, minlength=n_days * n_ways).reshape(n_days, n_ways)
    at_risk = len(days) - np.concatenate([[0], leaving.sum(axis=1).cumsum()[:-1]])
    hazards = leaving[:, 1:] / at_risk[:, None]
    hazard = leaving[:, 1:].sum(axis=1) / at_risk
    free = np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
    incidence = (free[:, None] * hazards).cumsum(axis=0)
    # Where all who are left have an event nobody is free of one, and nothing follows that could change.
    change = np.divide(1.0, at_risk * (1 - hazard), out=np.zeros(n_days), where=hazard < 1)
    drift = (hazard * change).cumsum()
    staying = (free[:, None] * hazards * (drift - hazard * change - 1 / at_risk)[:, None]).cumsum(axis=0)
    # What a row adds that has left on a day, in a way: a constant for each cause, less a slope times its curve.
    slope = change[:, None] * (np.arange(n_ways) > 0) - drift[:, None]
    constants = staying[:, None, :] + slope[:, :, None] * incidence[:, None, :]
    constants[:, 1:] += (free / at_risk)[:, None, None] * np.eye(n_causes)
    lines = np.concatenate([slope[:, :, None], constants], axis=2).reshape(n_days * n_ways, n_ways)
    # Of clusters of one row it is enough to know how many leave on each day in each way.
    has_siblings = np.bincount(cluster)[cluster] > 1
    alone = leaving.ravel() - np.bincount(way[has_siblings], minlength=len(lines))
    number = np.unique(cluster[has_siblings], return_inverse=True)[1]
    sums = _sum_alone(alone, lines, n_days) + _sum_clusters(day[has_siblings], number, lines[way[has_siblings]], n_days)
    return IncidenceCurves(distinct, at_risk, leaving, incidence, _std_errors(staying, incidence, sums))


def _sum_alone(counts: Ints, lines: Floats, n_days: int) -> Floats:
    """What `_sum_clusters` gives, over clusters of one row, from the number that leave on each day in each way."""
    sums = np.zeros((n_days, lines.shape[1] + 1, lines.shape[1] + 1))
    gains = (counts[:, None, None] * lines[:, :, None] * lines[:, None, :]).reshape(n_days, -1, *lines.shape[1:] * 2)
    sums[:, 1:, 1:] = gains.sum(axis=1).cumsum(axis=0)
    sums[:, 0, 0] = counts.sum() - counts.reshape(n_days, -1).sum(axis=1).cumsum()
    return sums


def _sum_clusters(day: Ints, cluster: Ints, lines: Floats, n_days: int) -> Floats:
    """Of each day the sum over clusters of the products of their rows at risk, slopes and constants with each other.

    Args:
        day: Number of the day on which each row leaves, rows in the order of clusters and days.
        cluster: Number of the cluster of each row.
        lines: Slope and constants that each row adds when it has left.
        n_days: Number of days.
    """
    sums = np.zeros((n_days, lines.shape[1] + 1, lines.shape[1] + 1))
    if not len(day):
        return sums
    # Rows of one cluster that leave on one day leave together.
    first_rows = np.flatnonzero(np.diff(cluster, prepend=-1) | np.diff(day, prepend=-1))
    moves = np.add.reduceat(np.column_stack([-np.ones(len(day)), lines]), first_rows)
    days_of_moves, n_moves = day[first_rows], np.bincount(cluster[first_rows])
    starts = np.cumsum(n_moves) - n_moves
    state = np.zeros((len(starts), moves.shape[1]))
    state[:, 0] = np.bincount(cluster)
    sums[:, 0, 0] = state[:, 0] @ state[:, 0]
    moved, on = 0, np.arange(len(starts))
    while len(on):
        old = state[on]
        new = state[on] = old + moves[starts[on] + moved]
        gains = (new[:, :, None] * new[:, None, :] - old[:, :, None] * old[:, None, :]).reshape(len(on), -1)
        by_day = sum_by_group(gains, days_of_moves[starts[on] + moved], n_days)
        sums += by_day.cumsum(axis=0).reshape(sums.shape)
        moved += 1
        on = on[n_moves[on] > moved]
    return sums


def _std_errors(staying: Floats, incidence: Floats, sums: Floats) -> Floats:
    """Root of the sum over clusters of (rows at risk x staying + constant - slope x curve) squared, of each cause."""
    variances = []
    for k, (a, curve) in enumerate(zip(staying.T, incidence.T, strict=True), start=2):
        weights = np.column_stack([a, -curve, np.ones(len(a))])
        kept = sums[:, [0, 1, k]][:, :, [0, 1, k]]
        parts = (weights[:, :, None] * weights[:, None, :] * kept).reshape(len(a), -1)
        variance = parts.sum(axis=1)
        # Where everything has happened that can, the parts make up for each other but for their last digits.
        variances.append(np.where(variance < _NOTHING * np.abs(parts).sum(axis=1), 0.0, variance))
    return np.asarray(np.sqrt(np.column_stack(variances)))
