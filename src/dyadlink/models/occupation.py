"""Probability of being in each of several states by day, and mean days spent in them: Aalen-Johansen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dyadlink.intervals import Z_95

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CENSORED = "censored"


@dataclass(frozen=True)
class Occupation:
    """Where a cohort is, day by day.

    Attributes:
        states: What each column stands for: the states, then those put together, joined by `_or_`.
        days: Day 0 and each day on which somebody changed state, ascending.
        probability: Of each day and state, at the end of the day.
        std_error: Its standard error.
        mean_days: Of each state, mean days spent in it from day 0 to the horizon.
        influence: Of each cluster and state, what it adds to the error of `mean_days`; rows are in the order of
            `clusters`, and the standard error is the root of their sum of squares.
        clusters: Numbers of the clusters, ascending.
    """

    states: tuple[str, ...]
    days: Ints
    probability: Floats
    std_error: Floats
    mean_days: Floats
    influence: Floats
    clusters: Ints

    def interval(self) -> tuple[Floats, Floats]:
        """Ends of the 95% intervals on the log(-log) scale; nan where the standard error is 0."""
        p, has_interval = self.probability, self.std_error > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            half = Z_95 * self.std_error / (p * np.log(p))
            middle = np.log(-np.log(p))
            ends = np.exp(-np.exp(middle - half)), np.exp(-np.exp(middle + half))
        return np.where(has_interval, ends[0], np.nan), np.where(has_interval, ends[1], np.nan)


def occupation(
    stretches: pl.DataFrame, states: Sequence[str], horizon: int, together: Sequence[tuple[str, ...]] = ()
) -> Occupation:
    """Aalen-Johansen estimates with infinitesimal jackknife standard errors, exact with tied days.

    The product integral of the transitions seen among those seen in each state (Aalen & Johansen 1978, Scand J Stat
    5:141); censoring is taken to tell nothing of what comes next, given the state. The standard errors sum each
    cluster's influence, that on the shares at day 0 among it: R's `survfit` with `id` and `istate`, its `influence`
    summed. With one absorbing state it is one minus Kaplan-Meier, with several the cumulative incidence.

    Args:
        stretches: One row per dyad and stretch of days in one state: `start`, `stop` (whole days, all of a dyad's
            without gaps from day 0), `state`, `next_state` (one of the states, or censored), `cluster`. A dyad in a
            state that it cannot leave needs no row of it.
        states: Names of the states.
        horizon: Day up to which `mean_days` counts; changes after it are left out.
        together: States whose probabilities are to be added up as well.
    """
    numbers = {state: number for number, state in enumerate(states)}
    clusters, rows = np.unique(stretches["cluster"].to_numpy(), return_inverse=True)
    n_states, n_clusters = len(states), len(clusters)
    start, stop = (stretches[name].to_numpy().astype(np.int64) for name in ("start", "stop"))
    of, to = (
        stretches[name].replace_strict({**numbers, CENSORED: -1}, return_dtype=pl.Int64).to_numpy()
        for name in ("state", "next_state")
    )
    sums = np.column_stack([np.eye(n_states), *(np.isin(states, names).astype(float) for names in together)])

    is_first = start == 0
    n = int(is_first.sum())
    p = np.bincount(of[is_first], minlength=n_states) / n
    # What each cluster adds to the error of p, and how many of its dyads are seen in each state.
    error = _table(rows[is_first], of[is_first], (n_clusters, n_states)) / n
    error -= np.bincount(rows[is_first], minlength=n_clusters)[:, None] * p / n
    seen = _table(rows[is_first], of[is_first], (n_clusters, n_states))

    # Rows in the order in which they begin and end.
    begins, ends = np.argsort(start, kind="stable"), np.argsort(stop, kind="stable")
    moments = np.unique(stop[stop <= horizon])
    begun = np.searchsorted(start[begins], moments, side="left")
    ended = np.searchsorted(stop[ends], moments, side="right")
    n_begun, n_ended, last_day = int(is_first.sum()), 0, 0
    days, kept_p, kept_error = [0], [p @ sums], [np.sqrt(((error @ sums) ** 2).sum(axis=0))]
    mean_days, influence = np.zeros(n_states), np.zeros((n_clusters, n_states))
    for moment, until, through in zip(moments, begun, ended, strict=True):
        new = begins[n_begun:until]
        np.add.at(seen, (rows[new], of[new]), 1)
        gone = ends[n_ended:through]
        n_begun, n_ended = int(until), int(through)
        moved = gone[to[gone] >= 0]
        if len(moved):
            mean_days += p * (moment - last_day)
            influence += error * (moment - last_day)
            last_day = int(moment)
            at_risk = seen.sum(axis=0)
            jumps = _table(of[moved], to[moved], (n_states, n_states)) / np.maximum(at_risk, 1)[:, None]
            jumps -= np.diag(jumps.sum(axis=1))
            per_dyad = p / np.maximum(at_risk, 1)
            error += error @ jumps - (seen * per_dyad) @ jumps
            np.add.at(error, (rows[moved], to[moved]), per_dyad[of[moved]])
            np.add.at(error, (rows[moved], of[moved]), -per_dyad[of[moved]])
            p = p + p @ jumps
            days.append(last_day)
            kept_p.append(p @ sums)
            kept_error.append(np.sqrt(((error @ sums) ** 2).sum(axis=0)))
        np.add.at(seen, (rows[gone], of[gone]), -1)
    mean_days += p * (horizon - last_day)
    influence += error * (horizon - last_day)
    return Occupation(
        states=(*states, *("_or_".join(names) for names in together)),
        days=np.asarray(days, dtype=np.int64),
        probability=np.clip(np.asarray(kept_p), 0, 1),
        std_error=np.asarray(kept_error),
        mean_days=mean_days @ sums,
        influence=influence @ sums,
        clusters=clusters.astype(np.int64),
    )


def _table(rows: NDArray[np.intp], columns: Ints, shape: tuple[int, int]) -> Floats:
    """How often each pair of row and column occurs."""
    cells = np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1])
    return cells.reshape(shape).astype(np.float64)
