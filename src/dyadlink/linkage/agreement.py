"""How well links agree with the truth: precision, recall and F1, each with an interval."""

from __future__ import annotations

from typing import NamedTuple

from dyadlink.intervals import Share, wilson


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
