"""Exact intervals of Poisson counts against R (tests/r/poisson_interval.R), print, and their own definition.

Measured: 4e-16 of the value; 1e-10 leaves room for another processor.
"""

from __future__ import annotations

import pytest
from r_answers import read_answers
from scipy.stats import poisson

from dyadlink.intervals import poisson_interval

TOLERANCE = 1e-10


def test_intervals_are_those_of_r() -> None:
    answers = read_answers("poisson_interval")
    assert answers.height == 27
    for row in answers.iter_rows(named=True):
        found = poisson_interval(int(row["n_events"]), row["confidence"])
        assert found == pytest.approx((row["conf_low"], row["conf_high"]), rel=TOLERANCE)


def test_the_printed_example_of_r_comes_out() -> None:
    """The help page of poisson.test: 137 events in 24.19893, interval 4.753125 to 6.692709."""
    low, high = (end / 24.19893 for end in poisson_interval(137))
    assert (round(low, 6), round(high, 6)) == (4.753125, 6.692709)


@pytest.mark.parametrize("n_events", [1, 7, 42])
def test_each_end_leaves_its_tail(n_events: int) -> None:
    low, high = poisson_interval(n_events)
    assert poisson.sf(n_events - 1, low) == pytest.approx(0.025, rel=1e-9)
    assert poisson.cdf(n_events, high) == pytest.approx(0.025, rel=1e-9)


@pytest.mark.parametrize(("n_events", "confidence"), [(-1, 0.95), (3, 0.0), (3, 1.0)])
def test_what_has_no_interval_is_refused(n_events: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="from 0 on"):
        poisson_interval(n_events, confidence)
