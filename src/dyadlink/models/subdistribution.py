"""Who is at risk of an event while others compete with it, and how likely what was seen is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dyadlink.models.sums import Floats, Ints, sum_by_group, weighted_cross_product

Flags = NDArray[np.bool_]
Variance = Literal["finegray", "crr"]


@dataclass(frozen=True)
class Calendar:
    """Who is at risk on which day; dyads in the order of their days.

    Attributes:
        day: Of each dyad, the number of its day among the distinct ones.
        events: Places of the dyads with the event.
        competed: Places of the dyads with a competing event.
        carried: Of each of these, the inverse of the chance of being uncensored until it.
        uncensored: Of each day, the chance of being uncensored until it.
        n_at_risk: Of each day, the dyads not gone before it.
        n_censored: Of each day, the dyads censored on it.
        event_day: Of each event, its day; events of one day are gone through one by one.
        event_share: Of each event, the share of its day's events that have gone before.
    """

    day: Ints
    events: Ints
    competed: Ints
    carried: Floats
    uncensored: Floats
    n_at_risk: Ints
    n_censored: Ints
    event_day: Ints
    event_share: Floats

    @classmethod
    def of(cls, days: Floats, event: Flags, competing: Flags, variance: Variance) -> Calendar:
        """The calendar of dyads in the order of their days.

        finegray: who has an event on a day can no longer be censored on it, and each event of a day meets what those
        before it have left (Efron). crr: who has one could still be censored, and each meets all (Breslow).
        """
        _, first, day = np.unique(days, return_index=True, return_inverse=True)
        n_days = len(first)
        has_left = event | competing
        n_at_risk = len(days) - first
        n_left = n_at_risk if variance == "crr" else n_at_risk - np.bincount(day[has_left], minlength=n_days)
        n_censored = np.bincount(day[~has_left], minlength=n_days)
        curve = np.cumprod(1 - n_censored / np.maximum(n_left, 1))
        uncensored = np.concatenate([[1.0], curve[:-1]])
        events, competed = np.flatnonzero(event), np.flatnonzero(competing)
        event_day = day[events]
        n_events = np.bincount(event_day, minlength=n_days)
        rank = np.arange(len(events)) - (np.cumsum(n_events) - n_events)[event_day]
        return cls(
            day=day,
            events=events,
            competed=competed,
            carried=1 / uncensored[day[competed]],
            uncensored=uncensored,
            n_at_risk=n_at_risk,
            n_censored=n_censored,
            event_day=event_day,
            event_share=np.zeros(len(rank)) if variance == "crr" else rank / n_events[event_day],
        )

    @property
    def n_days(self) -> int:
        """Distinct days."""
        return len(self.uncensored)

    def sum_gone(self, values: Floats, risk: Floats) -> Floats:
        """Of each day the sum of carried risk times value over the dyads with a competing event before it."""
        at = self.competed
        gone = sum_by_group(values[at], self.day[at], self.n_days, self.carried * risk[at]).cumsum(axis=0)
        return np.concatenate([np.zeros_like(gone[:1]), gone[:-1]])

    def sum_at_risk(self, values: Floats, risk: Floats) -> Floats:
        """Of each event the sum of risk times value over the dyads that it could have happened to."""
        still = sum_by_group(values, self.day, self.n_days, risk)[::-1].cumsum(axis=0)[::-1]
        sums = still + self.uncensored[:, None] * self.sum_gone(values, risk)
        tied = self.sum_events(values[self.events], risk[self.events])
        return np.asarray(sums[self.event_day] - self.event_share[:, None] * tied[self.event_day])

    def sum_events(self, values: Floats, weights: Floats | None = None) -> Floats:
        """Of each day the sum over its events."""
        return sum_by_group(values, self.event_day, self.n_days, weights)

    def sum_from(self, jumps: Floats) -> Floats:
        """Of each day the sum of the jumps of its events and of later ones, each weighted by being uncensored then."""
        weighted = self.uncensored[:, None] * self.sum_events(jumps)
        return np.asarray(weighted[::-1].cumsum(axis=0)[::-1])

    def sum_while_at_risk(self, jumps: Floats) -> Floats:
        """Of each dyad the sum of the jumps of the events while it is at risk, weighted as it is."""
        total = self.sum_events(jumps).cumsum(axis=0)[self.day]
        later = np.concatenate([self.sum_from(jumps)[1:], np.zeros((1, jumps.shape[1]))])
        total[self.competed] += self.carried[:, None] * later[self.day[self.competed]]
        # Among the events of a day it counts less with each that has gone before.
        total[self.events] -= self.sum_events(jumps, self.event_share)[self.event_day]
        return np.asarray(total)


class Likelihood:
    """Log partial likelihood at some coefficients, its slope and curvature.

    Attributes:
        value: The log partial likelihood.
        score: Its slope.
        information: Minus its curvature.
    """

    def __init__(self, calendar: Calendar, matrix: Floats, coefficients: Floats) -> None:
        """The likelihood of the dyads of a calendar, in its order."""
        self._calendar, self._matrix = calendar, matrix
        scores = matrix @ coefficients
        self._risk = np.exp(scores)
        totals = calendar.sum_at_risk(np.ones((len(matrix), 1)), self._risk)
        self._jumps = 1 / totals
        self._means = calendar.sum_at_risk(matrix, self._risk) / totals
        self._hazard = calendar.sum_while_at_risk(self._jumps)
        self.value = float(scores[calendar.events].sum() - np.log(totals).sum())
        self.score = matrix[calendar.events].sum(axis=0) - self._means.sum(axis=0)
        second = weighted_cross_product(matrix, self._risk * self._hazard[:, 0])
        self.information = second - self._means.T @ self._means

    def score_residuals(self) -> Floats:
        """One row for each dyad: what it adds to the score, seen less expected; the weights taken for known.

        Fine & Gray 1999, section 4 (eta).
        """
        calendar = self._calendar
        expected_means = calendar.sum_while_at_risk(self._means * self._jumps)
        residuals = self._risk[:, None] * (expected_means - self._hazard * self._matrix)
        n_events = np.bincount(calendar.event_day, minlength=calendar.n_days)[calendar.event_day]
        means = calendar.sum_events(self._means)[calendar.event_day] / n_events[:, None]
        residuals[calendar.events] += self._matrix[calendar.events] - means
        return np.asarray(residuals)

    def censoring_residuals(self) -> Floats:
        """One row for each dyad: what it adds to the score by its part in the curve of censoring.

        Fine & Gray 1999, section 4 (psi): the weight of whoever had a competing event falls with each censoring after
        it.
        """
        calendar, ones = self._calendar, np.ones((len(self._matrix), 1))
        hazard_to_come = calendar.sum_from(self._jumps)
        means_to_come = calendar.sum_from(self._means * self._jumps)
        resting = calendar.sum_gone(self._matrix, self._risk) * hazard_to_come
        resting -= calendar.sum_gone(ones, self._risk) * means_to_come
        each = resting / calendar.n_at_risk[:, None]
        expected = (each * (calendar.n_censored / calendar.n_at_risk)[:, None]).cumsum(axis=0)
        residuals = -expected[calendar.day]
        censored = np.ones(len(self._matrix), dtype=np.bool_)
        censored[calendar.events] = censored[calendar.competed] = False
        residuals[censored] += each[calendar.day[censored]]
        return np.asarray(residuals)
