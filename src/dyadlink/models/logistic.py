"""Logistic regression by maximum likelihood, its covariance clustered."""

from __future__ import annotations

import warnings

import numpy as np

from dyadlink.models.design import Design
from dyadlink.models.fit import Fit, checked_fit, no_fit
from dyadlink.models.separation import is_overlapping


def fit_logistic(design: Design) -> Fit:
    """Log odds ratios with standard errors clustered on the mother.

    Newton's method, to a change of 1e-12. The sandwich covariance (Liang & Zeger 1986) carries the
    small-sample correction G / (G - 1) * (n - 1) / (n - k), with G clusters, n dyads, k parameters and the
    intercept among them: R's `vcovCL(type = "HC1", cadjust = TRUE)`. statsmodels' HC1 to HC3 of a logistic
    model equal its HC0, so no heteroscedastic covariance is offered, only the clustered one.

    Args:
        design: Complete cases that passed `explain_problem`.
    """
    from statsmodels.discrete.discrete_model import Logit  # noqa: PLC0415 - heavy
    from statsmodels.tools.sm_exceptions import (  # noqa: PLC0415 - heavy
        ConvergenceWarning,
        HessianInversionWarning,
    )

    exog = np.column_stack([np.ones(len(design.event)), design.matrix])
    with warnings.catch_warnings():
        # Both come back as a note on the model: see the check of convergence and `checked_fit`.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", HessianInversionWarning)
        try:
            fit = Logit(design.event.astype(np.float64), exog).fit(
                method="newton", tol=1e-12, maxiter=100, disp=0,
                cov_type="cluster", cov_kwds={"groups": design.clusters, "use_correction": True},
            )  # fmt: skip
        except np.linalg.LinAlgError:
            return no_fit(design, "the covariance is singular")
    if not fit.mle_retvals["converged"]:
        return no_fit(design, "the fit did not converge")
    naive = np.sqrt(np.diag(np.asarray(fit.normalized_cov_params)))
    return checked_fit(design, np.asarray(fit.params)[1:], np.asarray(fit.bse)[1:], naive[1:])


def find_separated_terms(design: Design) -> tuple[str, ...]:
    """Names of the terms whose odds ratio has no finite maximum-likelihood estimate.

    The linear programme of Konis (2007), as in R's detectseparation, unless it is proved beforehand that there is none.
    Call it on a design of full rank.
    """
    if is_overlapping(design.matrix, design.event):
        return ()
    from firthmodels import detect_separation  # noqa: PLC0415 - heavy

    # Separation depends on which combinations occur, not on how often: distinct rows are enough.
    rows = np.unique(np.column_stack([design.event, design.matrix]), axis=0)
    result = detect_separation(rows[:, 1:], rows[:, 0].astype(np.int64), fit_intercept=True)
    is_finite = result.is_finite[: len(design.parameters)]
    if not result.separation:
        return ()
    infinite = [p.term for p, finite in zip(design.parameters, is_finite, strict=True) if not finite]
    return tuple(dict.fromkeys(infinite)) or ("the intercept",)
