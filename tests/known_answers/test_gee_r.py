"""Logistic GEE against geepack (tests/r/gee_mgus2.R; standard errors of type "san.se").

Measured: 1e-14 on everything at geepack's working correlation. Its own is made of plain means, ours of Liang and
Zeger's moments with n - k in the denominator: at the own correlation estimates differ by up to 2e-4, a thousandth of
their standard errors, and standard errors by a part in 15,000.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from r_answers import design_of, distance, read_answers, read_mgus2

from dyadlink.models.design import Design
from dyadlink.models.gee import fit_gee

SAME_CORRELATION = 1e-9
OWN_CORRELATION = 2e-3
"""In standard errors, and as a part of them."""


def _design(cluster: str) -> Design:
    complete = read_mgus2().drop_nulls(["mspike", "hgb"])
    frame = complete.with_columns(event=pl.col("death") == 1, band=(2 * pl.col("hgb")).floor())
    return design_of(frame, ["age", "is_male", "mspike"], cluster)


@pytest.mark.parametrize("cluster", ["dxyr", "band"])
def test_gee(cluster: str) -> None:
    # The intercept is estimated but not reported.
    answers = read_answers("gee_mgus2").filter(cluster=cluster)[1:]
    fit = fit_gee(_design(cluster), correlation=answers["alpha"][0])
    assert fit.problem == ""
    assert distance(fit.coefficients, answers["estimate"]) < SAME_CORRELATION
    assert distance(fit.std_errors, answers["std_error"]) < SAME_CORRELATION
    own = fit_gee(_design(cluster))
    away = np.abs(own.coefficients - answers["estimate"].to_numpy()) / answers["std_error"].to_numpy()
    assert away.max() < OWN_CORRELATION
    assert distance(own.std_errors / answers["std_error"].to_numpy(), pl.Series([1.0] * 3)) < OWN_CORRELATION
