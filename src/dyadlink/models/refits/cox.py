"""Cox models again, on dyads taken any number of times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dyadlink.models.design import Design, Floats
from dyadlink.models.refits.peak import Peak, Point, climb, has_run_away

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class CoxRefit:
    """A Cox model, Efron's ties and its strata, that can be fitted again; see `fit_cox`.

    Attributes:
        design: What it is of, without entry and weights.
    """

    design: Design

    @property
    def n_leading(self) -> int:
        """Coefficients before those of the covariates."""
        return 0

    def fit(self, weights: Floats, start: Floats | None = None) -> Peak | None:
        """The estimates where each dyad stands `weights` times among the data, ties and all; nothing if there is none.

        Args:
            weights: A whole number for each dyad, 0 for those left out.
            start: Estimates to begin from.
        """
        rows = self._by_time[weights[self._by_time] > 0]
        if not self.design.event[rows].any():
            return None
        calendar = _Calendar.of(self.design, rows, weights[rows].astype(np.int64))
        first = np.zeros(self.design.matrix.shape[1]) if start is None else start
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            peak = climb(lambda coefficients: calendar.at(coefficients).point, first)
        return None if peak is None or has_run_away(peak, self.design.matrix[rows], skip=0) else peak

    def residuals(self, peak: Peak, kept: NDArray[np.bool_]) -> Floats:
        """What each of the dyads kept adds to the slope of their likelihood, one column for each coefficient."""
        rows = self._by_time[kept[self._by_time]]
        calendar = _Calendar.of(self.design, rows, np.ones(len(rows), dtype=np.int64))
        residuals = np.zeros((len(kept), len(peak.coefficients)))
        residuals[rows] = calendar.at(peak.coefficients).residuals()
        return residuals[kept]

    @cached_property
    def _by_time(self) -> Ints:
        """The dyads' rows in the order of their strata and days."""
        return np.lexsort((self.design.days, _strata_of(self.design)))


def _strata_of(design: Design) -> Ints:
    return np.zeros(len(design.event), dtype=np.int64) if design.strata is None else design.strata


@dataclass(frozen=True)
class _Calendar:
    """Who is at risk when: dyads in the order of their strata and days.

    Attributes:
        times: How often each dyad stands there.
        matrix: Their covariates, centred.
        event: Whether they had the event.
        time: Of each the number of its day within its stratum.
        first: Of each time its first dyad.
        end: Of each time the one after its stratum's last.
        begin: Of each time the first time of its stratum.
        step_time: Of each event its time; events of one time are gone through one by one.
        step_share: Of each event the share of its time's events that have gone before (Efron).
    """

    times: Ints
    matrix: Floats
    event: NDArray[np.bool_]
    time: Ints
    first: Ints
    end: Ints
    begin: Ints
    step_time: Ints
    step_share: Floats

    @classmethod
    def of(cls, design: Design, rows: Ints, times: Ints) -> _Calendar:
        """The calendar of rows, which are in the order of their strata and days, each so many times."""
        strata, days, event = _strata_of(design)[rows], design.days[rows], design.event[rows]
        is_new = np.ones(len(rows), dtype=np.bool_)
        is_new[1:] = (days[1:] != days[:-1]) | (strata[1:] != strata[:-1])
        time, first = np.cumsum(is_new) - 1, np.flatnonzero(is_new)
        own = strata[first]
        n_events = np.bincount(time, times * event).astype(np.int64)
        step_time = np.repeat(np.arange(len(first)), n_events)
        rank = np.arange(len(step_time)) - np.repeat(np.cumsum(n_events) - n_events, n_events)
        return cls(
            times=times,
            matrix=design.matrix[rows] - design.matrix.mean(axis=0),
            event=event,
            time=time,
            first=first,
            end=np.searchsorted(own, own, side="right"),
            begin=np.searchsorted(own, own, side="left"),
            step_time=step_time,
            step_share=rank / n_events[step_time],
        )

    def at(self, coefficients: Floats) -> _Likelihood:
        return _Likelihood(self, coefficients)

    def at_risk(self, values: Floats) -> Floats:
        """Of each time the sum over the dyads of its stratum that are at risk at it."""
        beyond = np.zeros((len(self.first) + 1, values.shape[1]))
        beyond[:-1] = np.add.reduceat(values, self.first)[::-1].cumsum(axis=0)[::-1]
        return np.asarray(beyond[:-1] - beyond[self.end])

    def over_time(self, jumps: Floats) -> Floats:
        """Of each dyad the sum of the events' jumps in its stratum up to its own day."""
        daily = self.by_time(jumps)
        running = np.concatenate([np.zeros_like(daily[:1]), daily.cumsum(axis=0)])
        so_far = running[1:] - running[self.begin]
        # Among the events of a day a dyad that has one of them counts less with each that has gone before.
        own = self.by_time(self.step_share[:, None] * jumps)
        return np.asarray(so_far[self.time] - self.event[:, None] * own[self.time])

    def by_time(self, values: Floats) -> Floats:
        n_times = len(self.first)
        return np.column_stack([np.bincount(self.step_time, column, n_times) for column in values.T])


class _Likelihood:
    """Log partial likelihood at some coefficients, with Efron's treatment of ties."""

    def __init__(self, calendar: _Calendar, coefficients: Floats) -> None:
        self._calendar = calendar
        matrix, n_had = calendar.matrix, calendar.times * calendar.event
        scores = matrix @ coefficients
        self._risk = np.exp(scores)
        times_risk = calendar.times.astype(np.float64) * self._risk
        moments = times_risk[:, None] * np.column_stack([np.ones(len(matrix)), matrix])
        has_event = np.flatnonzero(n_had)
        tied = np.zeros((len(calendar.first), moments.shape[1]))
        np.add.at(tied, calendar.time[has_event], moments[has_event])
        steps = calendar.at_risk(moments)[calendar.step_time]
        steps -= calendar.step_share[:, None] * tied[calendar.step_time]
        self._means = steps[:, 1:] / steps[:, :1]
        self._jumps = np.column_stack([1 / steps[:, :1], self._means / steps[:, :1]])
        hazard = calendar.over_time(self._jumps[:, :1])[:, 0]
        second = matrix.T @ (matrix * (times_risk * hazard)[:, None])
        self.point = Point(
            float(n_had @ scores - np.log(steps[:, 0]).sum()),
            n_had @ matrix - self._means.sum(axis=0),
            second - self._means.T @ self._means,
        )

    def residuals(self) -> Floats:
        calendar = self._calendar
        n_events = np.maximum(np.bincount(calendar.step_time, minlength=len(calendar.first)), 1)
        mean = calendar.by_time(self._means) / n_events[:, None]
        seen = calendar.event[:, None] * (calendar.matrix - mean[calendar.time])
        hazards = calendar.over_time(self._jumps)
        expected = calendar.matrix * hazards[:, :1] - hazards[:, 1:]
        return np.asarray(seen - self._risk[:, None] * expected)
