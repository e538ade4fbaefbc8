"""Logistic models again: by maximum likelihood, or by Firth's penalty with FLIC's intercept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dyadlink.models.design import Design, Floats
from dyadlink.models.refits.peak import Peak, Point, climb, has_run_away


@dataclass(frozen=True)
class LogisticRefit:
    """A logistic model that can be fitted again with other weights.

    Attributes:
        design: What it is of.
        is_firth: Whether by Firth's penalised likelihood (Firth 1993, Biometrika 80:27).
    """

    design: Design
    is_firth: bool = False

    @property
    def n_leading(self) -> int:
        """Coefficients before those of the covariates."""
        return 1

    def fit(self, weights: Floats, start: Floats | None = None) -> Peak | None:
        """The estimates where each dyad counts `weights` times; nothing where there is none.

        Firth's intercept is put where predicted risks add up to the events (FLIC, Puhr et al. 2017, Stat Med 36:2302);
        the inverse is that of the information at the penalised maximum.

        Args:
            weights: One for each dyad, 0 for those left out.
            start: Estimates to begin from.
        """
        kept = weights > 0
        matrix, weights = self.design.matrix[kept], weights[kept]
        exog = np.column_stack([np.ones(len(matrix)), matrix])
        event = self.design.event[kept].astype(np.float64)
        if not 0 < event @ weights < weights.sum():
            return None
        first = np.zeros(exog.shape[1]) if start is None else start
        at = _Firth(exog, event, weights) if self.is_firth else _Binomial(exog, event, weights)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            peak = climb(at, first, 1e-10) if self.is_firth else climb(at, first)
        if peak is None or (not self.is_firth and has_run_away(peak, matrix, skip=1)):
            return None
        if not self.is_firth:
            return peak
        slopes = peak.coefficients[1:]
        intercept = level_of(matrix @ slopes, event, weights)
        return Peak(np.concatenate([[intercept], slopes]), peak.inverse)

    def residuals(self, peak: Peak, kept: NDArray[np.bool_]) -> Floats:
        """What each of the dyads kept adds to the slope of their likelihood, one column for each coefficient."""
        exog = np.column_stack([np.ones(int(kept.sum())), self.design.matrix[kept]])
        return np.asarray(exog * (self.design.event[kept] - _risks(exog @ peak.coefficients))[:, None])


def level_of(scores: Floats, event: Floats, weights: Floats) -> float:
    """The intercept with which given scores predict as many events as there are (calibration in the large).

    Maximum likelihood for the intercept alone, the scores an offset.
    """

    def at(level: Floats) -> Point:
        risks = _risks(level[0] + scores)
        spread = float(weights @ (risks * (1 - risks)))
        return Point(
            _log_likelihood(level[0] + scores, event, weights),
            np.array([weights @ (event - risks)]),
            np.array([[spread]]),
        )

    peak = climb(at, np.array([-float(np.average(scores, weights=weights))]))
    return float(peak.coefficients[0]) if peak else float("nan")


class _Binomial:
    def __init__(self, exog: Floats, event: Floats, weights: Floats) -> None:
        self.exog, self.event, self.weights = exog, event, weights

    def __call__(self, coefficients: Floats) -> Point:
        scores = self.exog @ coefficients
        risks = _risks(scores)
        weighted = self.exog * (self.weights * risks * (1 - risks))[:, None]
        return Point(
            _log_likelihood(scores, self.event, self.weights),
            self.exog.T @ (self.weights * (self.event - risks)),
            self.exog.T @ weighted,
        )


class _Firth(_Binomial):
    """The same with half the logarithm of the information's determinant added (Heinze & Schemper 2002)."""

    def __call__(self, coefficients: Floats) -> Point:
        plain = super().__call__(coefficients)
        risks = _risks(self.exog @ coefficients)
        sign, log_determinant = np.linalg.slogdet(plain.information)
        if sign <= 0:
            return Point(-np.inf, plain.score, plain.information)
        solved = np.linalg.solve(plain.information, self.exog.T).T
        leverage = self.weights * risks * (1 - risks) * (solved * self.exog).sum(axis=1)
        pull = self.exog.T @ (leverage * (0.5 - risks))
        return Point(plain.value + 0.5 * float(log_determinant), plain.score + pull, plain.information)


def _risks(scores: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-scores)))


def _log_likelihood(scores: Floats, event: Floats, weights: Floats) -> float:
    return float(weights @ (event * scores - np.logaddexp(0, scores)))
