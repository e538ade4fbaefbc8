"""From fits to what is reported: estimate, standard error, interval and p-value of each coefficient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dyadlink.intervals import Z_95
from dyadlink.models.design import Design, Floats, count_levels
from dyadlink.models.fit import Fit
from dyadlink.models.pooling import pool
from dyadlink.models.populations import TIME_FAMILIES


@dataclass(frozen=True)
class Inference:
    """What is reported of each coefficient; a figure is nan where there is none.

    Attributes:
        estimate: On the log scale.
        std_error: Its standard error.
        conf_low: Lower end of the 95% interval.
        conf_high: Upper end.
        p_value: Two-sided, of no effect.
        fmi: Fraction of missing information, of pooled estimates.
        data_sets: Completed data sets behind the figures; 1: they are of one fit.
    """

    estimate: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    p_value: Floats
    fmi: Floats
    data_sets: int = 1

    @property
    def is_wanting(self) -> bool:
        """Some coefficient has an estimate and lacks a limit or its test."""
        lacks = np.isnan(self.conf_low) | np.isnan(self.conf_high) | np.isnan(self.p_value)
        return bool((lacks & ~np.isnan(self.estimate)).any())

    def row(self, index: int) -> dict[str, float | None]:
        """The figures of one coefficient by name, null where there is none."""
        names = ("estimate", "std_error", "conf_low", "conf_high", "p_value", "fmi")
        figures = {name: float(getattr(self, name)[index]) for name in names}
        return {name: None if math.isnan(figure) else figure for name, figure in figures.items()}


def coefficient_row(design: Design, inference: Inference, index: int, family: str) -> dict[str, object]:
    """What a table of estimates tells of one coefficient: its figures, and the counts it rests on."""
    parameter = design.parameters[index]
    n_level, n_events_level, n_reference, n_events_reference = count_levels(design, index) or (None,) * 4
    return {
        "term": parameter.term,
        "level": parameter.level,
        "reference": parameter.reference,
        **inference.row(index),
        "n": design.n_dyads,
        "n_events": int(design.event.sum()),
        "n_level": n_level,
        "n_events_level": n_events_level,
        "n_reference": n_reference,
        "n_events_reference": n_events_reference,
        "n_parameters": len(design.parameters) + (family not in TIME_FAMILIES),
    }


def infer_from_fit(fit: Fit) -> Inference:
    """Wald's interval and test, from the normal distribution."""
    nothing = np.full(len(fit.coefficients), np.nan)
    if fit.problem:
        return Inference(nothing, nothing, nothing, nothing, nothing, nothing)
    half = Z_95 * fit.std_errors
    ratios = np.abs(fit.coefficients / fit.std_errors)
    p_values = np.array([math.erfc(ratio / math.sqrt(2)) for ratio in ratios])
    low, high = fit.coefficients - half, fit.coefficients + half
    return Inference(fit.coefficients, fit.std_errors, low, high, p_values, nothing)


def infer_from_completed(fits: Sequence[Fit], df_complete: float) -> Inference:
    """Rubin's rules over fits of completed data sets; interval and test from the t distribution."""
    from scipy import stats  # noqa: PLC0415 - heavy

    pooled = pool(np.array([f.coefficients for f in fits]), np.array([f.std_errors for f in fits]), df_complete)
    half = stats.t.ppf(0.975, pooled.df) * pooled.std_error
    p_values = 2 * stats.t.sf(np.abs(pooled.estimate / pooled.std_error), pooled.df)
    low, high = pooled.estimate - half, pooled.estimate + half
    return Inference(pooled.estimate, pooled.std_error, low, high, p_values, pooled.fmi, len(fits))


def infer_from_draws(fits: Sequence[Fit]) -> Inference:
    """Median and 2.5th and 97.5th percentile of a bias analysis, conventional random error included; no test.

    Each draw stands for the normal distribution that its estimate and standard error describe; the percentiles are
    those of all these together, which is adding a random normal error to each draw without the noise of doing so.
    Source: Fox, MacLehose & Lash 2021, chapter on probabilistic bias analysis.
    """
    estimates = np.array([fit.coefficients for fit in fits])
    std_errors = np.array([fit.std_errors for fit in fits])
    low, middle, high = (_mixture_quantile(estimates, std_errors, share) for share in (0.025, 0.5, 0.975))
    std_error = np.sqrt(np.mean(std_errors**2, axis=0) + np.var(estimates, axis=0, ddof=1))
    nothing = np.full(estimates.shape[1], np.nan)
    return Inference(middle, std_error, low, high, nothing, nothing, len(fits))


def _mixture_quantile(means: Floats, spreads: Floats, share: float) -> Floats:
    """Of each column: the value below which that share of the equal mixture of its normal distributions lies."""
    from scipy.special import ndtr  # noqa: PLC0415 - heavy

    low, high = (means - 10 * spreads).min(axis=0), (means + 10 * spreads).max(axis=0)
    # Each halving doubles the precision: sixty leave nothing of any interval.
    for _ in range(60):
        middle = (low + high) / 2
        is_below = ndtr((middle - means) / spreads).mean(axis=0) < share
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return np.asarray((low + high) / 2)
