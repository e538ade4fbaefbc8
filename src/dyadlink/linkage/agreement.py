"""How well links agree with the truth: precision, recall and F1, each with an interval."""

from __future__ import annotations

import math
from typing import NamedTuple

Z_95 = 1.959963984540054
"""The 97.5% point of the normal distribution."""


class Share(NamedTuple):
    """A share with its 95% interval; all three are NaN where there is nothing to take a share of."""

    value: float
    low: float
    high: float


class Agreement(NamedTuple):
    """Links held against the truth."""

    n_links: int
    n_true: int
    n_correct: int

    @property
    def precision(self) -> Share:
        """Correct links among links."""
        return wilson(self.n_correct, self.n_links)

    @property
    def recall(self) -> Share:
        """True pairs that are linked."""
        return wilson(self.n_correct, self.n_true)

    @property
    def f1(self) -> Share:
        """The harmonic mean of precision and recall.

        Its interval is that of F* = correct / (links or true), a share of pairs, carried over by F1 = 2 F* / (1 + F*),
        which grows with F* (Hand, Christen & Kirielle 2021, F*: an interpretable transformation of the F-measure).
        """
        either = self.n_links + self.n_true - self.n_correct
        return Share(*(2 * part / (1 + part) for part in wilson(self.n_correct, either)))


def wilson(n: int, total: int) -> Share:
    """A share with its score interval (Wilson 1927), which stays inside 0 to 1 and holds for small numbers."""
    if not total:
        return Share(math.nan, math.nan, math.nan)
    share, z2 = n / total, Z_95**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z_95 / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    # At 0 and 1 the bound is exact; the formula misses it by a rounding error.
    return Share(share, 0.0 if n == 0 else middle - half, 1.0 if n == total else middle + half)
