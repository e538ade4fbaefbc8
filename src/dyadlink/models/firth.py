"""Logistic regression by Firth's penalised likelihood, for few events and for separation."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dyadlink.models.design import Design, Floats
from dyadlink.models.fit import Fit, checked_fit, no_fit
from dyadlink.models.inference import Inference
from dyadlink.models.logistic import scaled, standardised
from dyadlink.models.sums import weighted_cross_product

# The library's own tolerances of 1e-4 leave the known answers by 3e-5.
_TOLERANCE = 1e-8
# Looser where the likelihood has no digits left to rise by: of 1,000 studies with a few dozen events, at three.
_TOLERANCES = (_TOLERANCE, 1e-7, 1e-6)
# A likelihood that is off its maximum by a gradient of 1e-5 is right to 1e-10; asked for more, the constrained fits can
# run out of digits and give no p-value.
_TEST_TOLERANCE = 1e-5
_LIBRARY_STEPS = 500
_MOST_STEPS = 100
_LONGEST_STEP = 1.0
"""Of standardised columns: where the score leads so far away, the library did not end near a maximum."""


def fit_firth(design: Design) -> Fit:
    """Log odds ratios that maximise the penalised likelihood, with model-based standard errors.

    Firth 1993, Biometrika 80:27; Heinze & Schemper 2002, Stat Med 21:2409. The standard errors are of the information
    at the estimate (R's brglm2), and know nothing of mothers with two infants.

    Args:
        design: Complete cases that passed `explain_problem`; separation is no hindrance.
    """
    matrix, _, spread = scaled(design.matrix)
    return _read_fit(design, matrix, spread, _solve(matrix, design.event))


def infer_from_profile(design: Design) -> tuple[Fit, Inference]:
    """The fit, and what is reported of it: 95% profile-likelihood intervals and penalised likelihood ratio tests.

    A limit or a test that the library does not find is nan. Source: Heinze & Schemper 2002; the penalty of the test is
    that of the whole model, the coefficient held at zero.
    """
    matrix, _, spread = scaled(design.matrix)
    model = _solve(matrix, design.event)
    fit = _read_fit(design, matrix, spread, model)
    if fit.problem:
        nothing = np.full(len(design.parameters), np.nan)
        return fit, Inference(nothing, nothing, nothing, nothing, nothing, nothing)
    terms = list(range(len(design.parameters)))
    with warnings.catch_warnings():
        # That a limit or test was not found: it comes back as nan, and the model's note says so.
        warnings.simplefilter("ignore", UserWarning)
        limits = model.conf_int(method="pl", features=terms, tol=_TOLERANCE, max_iter=200)[terms]
        p_values = model.set_params(gtol=_TEST_TOLERANCE, xtol=_TEST_TOLERANCE).lrt(terms).lrt_pvalues_[terms]
    low, high = (limits / spread[:, None]).T
    return fit, Inference(fit.coefficients, fit.std_errors, low, high, p_values, np.full(len(terms), np.nan))


def flic_intercept(design: Design, coefficients: Floats) -> float:
    """The intercept with which the predicted risks add up to the events that were seen.

    Firth's own pulls them towards one half. FLIC of Puhr et al. 2017, Stat Med 36:2302: maximum likelihood for the
    intercept alone, the other coefficients held.

    Args:
        design: What the coefficients were fitted on; at least one dyad with and one without the outcome.
        coefficients: See `fit_firth`.
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - heavy
    from scipy.special import expit  # noqa: PLC0415 - heavy

    scores = design.matrix @ coefficients
    share = float(design.event.mean())
    start = float(np.log(share / (1 - share)))
    # The log odds of every dyad lie within these: so does the intercept that gives their mean.
    low, high = start - scores.max() - 1, start - scores.min() + 1
    return float(brentq(lambda at: float(np.sum(expit(at + scores) - design.event)), low, high, xtol=1e-12))


def with_flic(design: Design, fit: Fit) -> Fit:
    """The fit with the intercept of `flic_intercept`, and the covariance of all by the information there.

    Model-based, as Firth's standard errors are: it knows nothing of mothers with two infants.
    """
    from scipy.special import expit  # noqa: PLC0415 - heavy

    intercept = flic_intercept(design, fit.coefficients)
    exog, back = standardised(design.matrix)
    risks = expit(intercept + design.matrix @ fit.coefficients)
    information = weighted_cross_product(exog, risks * (1 - risks))
    return replace(fit, intercept=intercept, covariance=back @ np.linalg.inv(information) @ back.T)


def _solve(matrix: Floats, event: NDArray[np.bool_]) -> Any:
    """The library's model on standardised columns.

    The estimates do not depend on the scale of a column, but whether a gradient can get as small as asked does.
    """
    from firthmodels import FirthLogisticRegression  # noqa: PLC0415 - heavy

    # numpy: the numba backend compiles for many seconds at first use.
    model = FirthLogisticRegression(backend="numpy", max_iter=_LIBRARY_STEPS)
    for tolerance in _TOLERANCES:
        with warnings.catch_warnings():
            # That it did not converge: see `_read_fit`.
            warnings.simplefilter("ignore", UserWarning)
            model.set_params(gtol=tolerance, xtol=tolerance).fit(matrix, event.astype(np.int64))
        if model.converged_:
            return model
    _climb(model, matrix, event)
    return model


def _climb(model: Any, matrix: Floats, event: NDArray[np.bool_]) -> None:
    """Go on by the score alone, where the library's steps are held up by a likelihood without digits left to rise by.

    Whether they are hangs on the last bit of a sum, and so on the processor. Firth's score: Heinze & Schemper 2002.
    """
    from scipy.special import expit  # noqa: PLC0415 - heavy

    exog = np.column_stack([np.ones(len(matrix)), matrix])
    coefficients = np.concatenate([[model.intercept_], model.coef_])
    for _ in range(_MOST_STEPS):
        risks = expit(exog @ coefficients)
        weights = risks * (1 - risks)
        inverse = np.linalg.inv(weighted_cross_product(exog, weights))
        leverage = weights * np.einsum("ij,jk,ik->i", exog, inverse, exog, optimize=True)
        change = inverse @ (exog.T @ (event - risks + leverage * (0.5 - risks)))
        if not np.abs(change).max() < _LONGEST_STEP:
            return
        coefficients = coefficients + change
        if np.abs(change).max() < _TOLERANCE:
            model.intercept_, model.coef_, model.converged_ = coefficients[0], coefficients[1:], True
            return


def _read_fit(design: Design, matrix: Floats, spread: Floats, model: Any) -> Fit:
    from scipy.special import expit  # noqa: PLC0415 - heavy

    if not model.converged_:
        return no_fit(design, "the fit did not converge")
    # The library's own standard errors are of the information with the penalty's augmented data.
    risks = expit(model.intercept_ + matrix @ model.coef_)
    weights = risks * (1 - risks)
    with_intercept = (weights @ matrix)[None, :]
    information = np.block(
        [[weights.sum(), with_intercept], [with_intercept.T, weighted_cross_product(matrix, weights)]]
    )
    errors = np.sqrt(np.diag(np.linalg.inv(information)))[1:] / spread
    return checked_fit(design, np.asarray(model.coef_) / spread, errors, errors)
