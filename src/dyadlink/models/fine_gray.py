"""Subdistribution hazards of one event while others compete with it, the covariance clustered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dyadlink.models.design import Design, Floats
from dyadlink.models.fit import Fit, checked_fit, no_fit

Ints = NDArray[np.int64]

_MOST_STEPS = 50
_MOST_HALVINGS = 20
_TOLERANCE = 1e-13
"""Of the relative change of the log likelihood: the estimates are then good to its square root, at the least."""


def fit_fine_gray(design: Design) -> Fit:
    """Log subdistribution hazard ratios with standard errors clustered on the mother.

    Fine & Gray 1999, J Am Stat Assoc 94:496: a dyad with a competing event stays at risk, with the chance of not
    having been censored since, by the Kaplan-Meier curve of censoring (on one day, events come first). Efron's ties.
    The robust covariance takes these weights for known: R's `finegray()` and `coxph(..., weights =, cluster =)`, to the
    last digits, and not the variance of cmprsk's `crr()`. R carries the weights in one row for each interval between
    censorings; here they stay products of a dyad's and a day's part, so that nothing is expanded.

    Args:
        design: Complete cases that passed `explain_problem`, with `competing`.
    """
    competing = np.zeros_like(design.event) if design.competing is None else design.competing
    order = np.argsort(design.days, kind="stable")
    matrix = design.matrix[order] - design.matrix.mean(axis=0)
    calendar = _Calendar.of(design.days[order], design.event[order], competing[order])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        peak = _climb(calendar, matrix)
    if peak is None:
        return no_fit(design, "the fit did not converge")
    coefficients, at = peak
    inverse = np.linalg.inv(at.information)
    _, mothers = np.unique(design.clusters[order], return_inverse=True)
    by_mother = np.zeros((int(mothers.max()) + 1, matrix.shape[1]))
    np.add.at(by_mother, mothers, at.score_residuals())
    influence = by_mother @ inverse
    std_errors = np.sqrt((influence**2).sum(axis=0))
    return checked_fit(design, coefficients, std_errors, np.sqrt(np.diag(inverse)))


def _climb(calendar: _Calendar, matrix: Floats) -> tuple[Floats, _Likelihood] | None:
    """The maximum by Newton's method with halved steps; nothing if it is not reached."""
    coefficients = np.zeros(matrix.shape[1])
    now = _Likelihood(calendar, matrix, coefficients)
    for _ in range(_MOST_STEPS):
        try:
            step = np.linalg.solve(now.information, now.score)
        except np.linalg.LinAlgError:
            return None
        for _ in range(_MOST_HALVINGS):
            new = _Likelihood(calendar, matrix, coefficients + step)
            # As good as the last one, within rounding.
            if new.value >= now.value - 1e-12 * abs(now.value):
                break
            step = step / 2
        else:
            return None
        coefficients, gain, now = coefficients + step, new.value - now.value, new
        if abs(gain) <= _TOLERANCE * abs(now.value):
            return coefficients, now
    return None


@dataclass(frozen=True)
class _Calendar:
    """Who is at risk on which day; dyads in the order of their days.

    Attributes:
        day: Of each dyad, the number of its day among the distinct ones.
        first: Of each distinct day, the first dyad with it.
        event: Whether the dyad had the event.
        carried: Of each dyad, the inverse of the chance of being uncensored until its competing event; 0 without one.
        uncensored: Of each day, the chance of being uncensored until it.
        step_day: Of each event, its day; events of one day are gone through one by one.
        step_share: Of each event, the share of its day's events that have gone before (Efron).
    """

    day: Ints
    first: Ints
    event: NDArray[np.bool_]
    carried: Floats
    uncensored: Floats
    step_day: Ints
    step_share: Floats

    @classmethod
    def of(cls, days: Floats, event: NDArray[np.bool_], competing: NDArray[np.bool_]) -> _Calendar:
        _, first, day = np.unique(days, return_index=True, return_inverse=True)
        n_days = len(first)
        has_left = event | competing
        # Who has an event on a day can no longer be censored on it.
        n_left = len(days) - first - np.bincount(day, has_left, n_days)
        n_censored = np.bincount(day, ~has_left, n_days)
        curve = np.cumprod(1 - n_censored / np.maximum(n_left, 1))
        uncensored = np.concatenate([[1.0], curve[:-1]])
        n_events = np.bincount(day, event, n_days).astype(np.int64)
        step_day = np.repeat(np.arange(n_days), n_events)
        rank = np.arange(len(step_day)) - np.repeat(np.cumsum(n_events) - n_events, n_events)
        return cls(
            day=day,
            first=first,
            event=event,
            carried=np.where(competing, 1 / uncensored[day], 0.0),
            uncensored=uncensored,
            step_day=step_day,
            step_share=rank / n_events[step_day],
        )

    def at_risk(self, values: Floats) -> Floats:
        """Of each day the sum over the dyads at risk on it, those with an earlier competing event weighted."""
        still = np.add.reduceat(values, self.first)[::-1].cumsum(axis=0)[::-1]
        gone = np.add.reduceat(self.carried[:, None] * values, self.first).cumsum(axis=0)
        before = np.concatenate([np.zeros_like(gone[:1]), gone[:-1]])
        return np.asarray(still + self.uncensored[:, None] * before)

    def over_time(self, jumps: Floats) -> Floats:
        """Of each dyad the sum of the jumps (of the events) while it is at risk, weighted as it is."""
        daily = self._daily(jumps)
        running, weighted = daily.cumsum(axis=0), (self.uncensored[:, None] * daily).cumsum(axis=0)
        later = weighted[-1] - weighted[self.day]
        # Among the events of a day it counts less with each that has gone before.
        own = self._daily(self.step_share[:, None] * jumps)[self.day]
        return np.asarray(running[self.day] + self.carried[:, None] * later - self.event[:, None] * own)

    def daily_mean(self, values: Floats) -> Floats:
        """Of each dyad with the event, the mean of a value of its day's events; zeros for the others."""
        n_events = np.bincount(self.step_day, minlength=len(self.first))
        mean = self._daily(values) / np.maximum(n_events, 1)[:, None]
        return np.asarray(self.event[:, None] * mean[self.day])

    def _daily(self, values: Floats) -> Floats:
        n_days = len(self.first)
        return np.column_stack([np.bincount(self.step_day, column, n_days) for column in values.T])


class _Likelihood:
    """Log partial likelihood at some coefficients, its slope and curvature."""

    def __init__(self, calendar: _Calendar, matrix: Floats, coefficients: Floats) -> None:
        self._calendar, self._matrix = calendar, matrix
        scores = matrix @ coefficients
        self._risk = np.exp(scores)
        moments = self._risk[:, None] * np.column_stack([np.ones(len(matrix)), matrix])
        tied = np.add.reduceat(calendar.event[:, None] * moments, calendar.first)
        steps = calendar.at_risk(moments)[calendar.step_day]
        steps -= calendar.step_share[:, None] * tied[calendar.step_day]
        self._means = steps[:, 1:] / steps[:, :1]
        jumps = np.column_stack([1 / steps[:, :1], self._means / steps[:, :1]])
        self._hazards = calendar.over_time(jumps)
        self.value = float(scores[calendar.event].sum() - np.log(steps[:, 0]).sum())
        self.score = matrix[calendar.event].sum(axis=0) - self._means.sum(axis=0)
        second = matrix.T @ (matrix * (self._risk * self._hazards[:, 0])[:, None])
        self.information = second - self._means.T @ self._means

    def score_residuals(self) -> Floats:
        """One row for each dyad: what it adds to the score, seen and expected."""
        seen = self._calendar.event[:, None] * self._matrix - self._calendar.daily_mean(self._means)
        expected = self._matrix * self._hazards[:, :1] - self._hazards[:, 1:]
        return np.asarray(seen - self._risk[:, None] * expected)
