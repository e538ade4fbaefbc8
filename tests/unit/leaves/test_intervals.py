"""Intervals by published figures."""

from __future__ import annotations

import math

import pytest

from dyadlink.intervals import wilson


def test_wilson_gives_published_intervals() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3 (score): 81/263, 15/148, 0/20, 1/29.
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (n, total), (low, high) in published.items():
        found = wilson(n, total)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert wilson(20, 20) == (1.0, pytest.approx(1 - 0.1611, abs=5e-5), 1.0)
    assert all(math.isnan(part) for part in wilson(0, 0))
