"""Logistic models with clustered covariance against R (tests/r/logistic_cluster_mgus2.R).

Measured: 2e-14 on coefficients; 2e-10 on standard errors (glm() keeps the weights of its last step but one).
"""

from __future__ import annotations

import polars as pl
from r_answers import design_of, distance, read_answers, read_mgus2

from dyadlink.models.design import Parameter, build_design
from dyadlink.models.fit import Fit
from dyadlink.models.logistic import fit_logistic

COEFFICIENT_TOLERANCE = 1e-9
STD_ERROR_TOLERANCE = 1e-8


def _assert_equal(fit: Fit, model: str) -> None:
    # The intercept is estimated but not reported.
    answers = read_answers("logistic_cluster_mgus2").filter(pl.col("model") == model)[1:]
    assert fit.problem == ""
    assert distance(fit.coefficients, answers["estimate"]) < COEFFICIENT_TOLERANCE
    assert distance(fit.std_errors, answers["std_error"]) < STD_ERROR_TOLERANCE


def test_linear_and_binary() -> None:
    frame = read_mgus2().with_columns(event=pl.col("pstat") == 1)
    _assert_equal(fit_logistic(design_of(frame, ["age", "is_male", "mspike"], "dxyr")), "pcm")


def test_categorical() -> None:
    frame = read_mgus2().with_columns(event=pl.col("death") == 1)
    parameters = (
        *(Parameter("decade", "categorical", level, "7") for level in ("5", "6", "8")),
        Parameter("is_male", "binary", "yes", "no"),
    )
    _assert_equal(fit_logistic(build_design(frame, parameters, "dxyr")), "death")
