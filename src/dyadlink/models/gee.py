"""Logistic regression by generalised estimating equations, dyads of one cluster alike correlated."""

from __future__ import annotations

import warnings

import numpy as np

from dyadlink.models.design import Design
from dyadlink.models.fit import Fit, checked_fit, no_fit

_MOST_STEPS = 200
_TOLERANCE = 1e-10


def fit_gee(design: Design, correlation: float | None = None) -> Fit:
    """Population-averaged log odds ratios with an exchangeable working correlation within clusters.

    Liang & Zeger 1986, Biometrika 73:13. The covariance is their sandwich without a small-sample correction: the
    standard errors that R's geepack calls `san.se`. It holds whatever the true correlation is, given enough clusters.
    The working correlation is the moment estimate with n - k and pairs - k in its denominators, as Liang and Zeger
    have it; geepack takes the plain means, which moves an estimate by about a thousandth of its standard error.

    Args:
        design: Complete cases that passed `explain_problem`.
        correlation: The working correlation; estimated where none is given.
    """
    from statsmodels.genmod.cov_struct import Exchangeable  # noqa: PLC0415 - heavy
    from statsmodels.genmod.families import Binomial  # noqa: PLC0415 - heavy
    from statsmodels.genmod.generalized_estimating_equations import GEE  # noqa: PLC0415 - heavy
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, IterationLimitWarning  # noqa: PLC0415 - heavy

    exog = np.column_stack([np.ones(len(design.event)), design.matrix])
    structure = Exchangeable()
    if correlation is not None:
        structure.dep_params = correlation
    with warnings.catch_warnings():
        # That it did not converge: see below.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", IterationLimitWarning)
        model = GEE(
            design.event.astype(np.float64), exog, groups=design.clusters, family=Binomial(),
            cov_struct=structure, update_dep=correlation is None,
        )  # fmt: skip
        try:
            fit = model.fit(maxiter=_MOST_STEPS, ctol=_TOLERANCE)
        except np.linalg.LinAlgError:
            return no_fit(design, "the covariance is singular")
    if not fit.converged:
        return no_fit(design, "the fit did not converge")
    return checked_fit(design, np.asarray(fit.params)[1:], np.asarray(fit.bse)[1:], np.sqrt(np.diag(fit.cov_naive))[1:])
