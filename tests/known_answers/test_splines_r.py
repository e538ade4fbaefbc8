"""Restricted cubic splines against R's natural splines (tests/r/splines.R): another basis of the same curves.

Measured: 2e-13 on the log ratios at the knots, 2e-13 on their clustered standard errors; 1e-9 leaves room for another
processor.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import polars as pl
import pytest
from r_answers import distance, read_answers, read_mgus2

from dyadlink.models.cox import fit_cox
from dyadlink.models.design import build_design, count_levels, list_parameters
from dyadlink.models.logistic import fit_logistic
from dyadlink.models.specification import Term
from dyadlink.models.splines import curve_at

KNOTS = (50.0, 65.0, 75.0, 85.0)
TERMS = (
    Term(name="age", kind="spline", knots=KNOTS, reference="65"),
    Term(name="is_male", kind="binary"),
)


def read_deaths() -> pl.DataFrame:
    return read_mgus2().with_columns(event=pl.col("death") == 1, days=pl.col("futime").cast(pl.Float64))


@pytest.mark.parametrize("family", ["logistic", "cox"])
def test_curve_is_that_of_r(family: str) -> None:
    answers = read_answers("splines").filter(family=family)
    deaths = read_deaths()
    design = build_design(deaths, list_parameters(deaths, TERMS), "dxyr")
    fit = (fit_logistic if family == "logistic" else fit_cox)(design)
    assert fit.problem == ""
    assert distance(fit.coefficients, answers["estimate"]) < 1e-9
    assert distance(fit.std_errors, answers["std_error"]) < 1e-9


def test_parameters_are_the_knots_but_the_reference() -> None:
    parameters = list_parameters(read_deaths(), TERMS)
    assert [(each.level, each.reference) for each in parameters[:3]] == [("50", "65"), ("75", "65"), ("85", "65")]


def test_curve_is_straight_beyond_the_outer_knots_and_smooth_at_them() -> None:
    beyond = curve_at(np.array([85.0, 95.0, 105.0, 20.0, 35.0, 50.0]), KNOTS, 65.0)
    assert np.abs(np.diff(beyond[:3], n=2, axis=0)).max() < 1e-12
    assert np.abs(np.diff(beyond[3:], n=2, axis=0)).max() < 1e-12
    step = 1e-4
    around = curve_at(np.array([85 - step, 85.0, 85 + step]), KNOTS, 65.0)
    assert np.abs(np.diff(around, n=2, axis=0)).max() < 1e-9


def test_dyads_count_for_the_nearest_knot() -> None:
    deaths = read_deaths()
    counted = [count_levels(build_design(deaths, list_parameters(deaths, TERMS), "dxyr"), index) for index in range(3)]
    # Half way between two knots counts for the lower one.
    ages = {"50": (0, 57), "65": (58, 70), "75": (71, 80), "85": (81, 120)}
    expected = {
        level: deaths.filter(pl.col("age").is_between(*band)).select(pl.len(), pl.col("event").sum()).row(0)
        for level, band in ages.items()
    }
    assert [each and each[:2] for each in counted] == [expected["50"], expected["75"], expected["85"]]
    assert [each and each[2:] for each in counted] == [expected["65"]] * 3


def test_missing_value_has_no_knot() -> None:
    frame = read_deaths().with_columns(age=pl.when(pl.col("patient") % 10 > 0).then("age"))
    design = build_design(frame, list_parameters(frame, TERMS), "dxyr")
    counted = [count_levels(design, index) for index in range(3)]
    assert np.isnan(design.matrix[:, :3]).all(axis=1).sum() == frame["age"].null_count()
    n_known = sum(each[0] for each in counted if each) + cast(tuple[int, ...], counted[0])[2]
    assert n_known == frame["age"].count()
