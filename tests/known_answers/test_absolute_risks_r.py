"""Standardised risks and weights of censoring against R (tests/r/absolute_risks.R).

Measured: 7e-15 on weights and coefficients, 4e-12 on standard errors, 4e-10 on risks with their intervals (glm() keeps
the weights of its last step but one).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from r_answers import read_answers, read_mgus2

from dyadlink.models.censoring_weights import chances_of_staying
from dyadlink.models.design import Design, Floats, Parameter, build_design
from dyadlink.models.logistic import fit_logistic
from dyadlink.models.marginal_risks import Standardised

TOLERANCE = 1e-9
STD_ERROR_TOLERANCE = 1e-8
HORIZON = 120
AGE, SEX = Parameter("age", "linear", "", ""), Parameter("is_male", "binary", "yes", "no")


def _followed() -> pl.DataFrame:
    """Everybody, as the R script has them: lost before the horizon, or settled by then, and when."""
    first = pl.when(pl.col("state") == "pcm").then(1).when(pl.col("state") == "death").then(2).otherwise(0)
    frame = read_mgus2().with_columns(first=first, settled=pl.col("days")).sort("patient")
    is_lost = (pl.col("first") == 0) & (pl.col("settled") < HORIZON)
    return frame.with_columns(
        has_pcm=(pl.col("first") == 1) & (pl.col("settled") <= HORIZON),
        is_lost=is_lost,
        days=pl.col("settled").clip(upper_bound=HORIZON) + 0.5 * is_lost.cast(pl.Float64),
    )


def _weights(parameters: tuple[Parameter, ...]) -> tuple[pl.DataFrame, Floats, str]:
    frame = _followed().with_columns(event="is_lost")
    staying, words = chances_of_staying(build_design(frame, parameters, "dxyr"))
    known = frame.filter(~pl.col("is_lost")).with_columns(event="has_pcm")
    return known, 1 / staying[~frame["is_lost"].to_numpy()], words


def _weighted_design(known: pl.DataFrame, weights: Floats) -> Design:
    return replace(build_design(known, (AGE, SEX), "dxyr"), weights=weights)


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("km", (), "weights by one Kaplan-Meier curve"),
        ("cox", (AGE, SEX), "weights by a Cox model"),
        ("cut", (AGE, SEX), "weights by a Cox model"),
    ],
)
def test_weights_and_the_weighted_model(name: str, parameters: tuple[Parameter, ...], words: str) -> None:
    answers = read_answers("censoring_weights").filter(weights=name)
    known, weights, told = _weights(parameters)
    if name == "cut":
        weights = np.minimum(weights, np.percentile(weights, 90))
    assert told == words
    quantiles = answers.filter(pl.col("figure").str.starts_with("quantile"))["estimate"]
    assert np.quantile(weights, [0, 0.25, 0.5, 0.75, 1]) == pytest.approx(quantiles.to_list(), abs=TOLERANCE)
    fit = fit_logistic(_weighted_design(known, weights))
    figures = answers.filter(~pl.col("figure").str.starts_with("quantile"))
    assert [fit.intercept, *fit.coefficients] == pytest.approx(figures["estimate"].to_list(), abs=TOLERANCE)
    assert fit.covariance is not None
    errors = np.sqrt(np.diag(fit.covariance))
    assert errors == pytest.approx(figures["std_error"].to_list(), abs=STD_ERROR_TOLERANCE)
    assert fit.std_errors.tolist() == errors[1:].tolist()


def _risks(model: str) -> Standardised:
    if model == "ipcw":
        known, weights, _ = _weights((AGE, SEX))
        design = _weighted_design(known, weights)
    elif model == "pcm":
        frame = read_mgus2().drop_nulls("mspike").with_columns(event=pl.col("pstat") == 1)
        design = build_design(frame, (AGE, SEX, Parameter("mspike", "linear", "", "")), "dxyr")
    else:
        frame = read_mgus2().with_columns(event=pl.col("death") == 1)
        decades = tuple(Parameter("decade", "categorical", level, "7") for level in ("5", "6", "8"))
        design = build_design(frame, (*decades, SEX), "dxyr")
    return Standardised(design, fit_logistic(design))


PLACES = {("pcm", "sex"): {"M": 1}, ("ipcw", "sex"): {"M": 1}, ("death", "decade"): {"5": 0, "6": 1, "8": 2}}


@pytest.mark.parametrize("model", ["pcm", "death", "ipcw"])
def test_risks_of_levels(model: str) -> None:
    risks = _risks(model)
    answers = read_answers("absolute_risks").filter(pl.col("model") == model, pl.col("level").is_not_null())
    (term,) = answers["term"].unique()
    places = PLACES[model, term]
    reference = (next(iter(places.values())), 0.0)
    compared = 0
    for row in answers.iter_rows(named=True):
        at = (places[str(row["level"])], 1.0) if str(row["level"]) in places else reference
        if row["quantity"] == "risk":
            figures = risks.risk(at)
        elif at == reference:
            continue
        else:
            figures = risks.compare(row["quantity"], at, reference)
        _assert_equal(figures, row)
        compared += 1
    assert compared == 1 + 3 * len(places)


@pytest.mark.parametrize(("model", "term", "place"), [("pcm", "mspike", 2), ("ipcw", "age", 0)])
def test_risks_one_step_up(model: str, term: str, place: int) -> None:
    risks = _risks(model)
    answers = read_answers("absolute_risks").filter(pl.col("model") == model, pl.col("term") == term)
    rows = {row["quantity"]: row for row in answers.iter_rows(named=True)}
    for quantity in ("difference", "ratio"):
        _assert_equal(risks.compare(quantity, (place, 1.0), None), rows[quantity])


def _assert_equal(figures: tuple[float, float, float, float], row: dict[str, float]) -> None:
    names = ("estimate", "std_error", "conf_low", "conf_high")
    assert list(figures) == pytest.approx([row[name] for name in names], abs=STD_ERROR_TOLERANCE)


def test_without_covariates_the_average_risk_is_the_share_with_the_outcome() -> None:
    """The score equation of the intercept: predicted risks of an ML model add up to the events."""
    frame = read_mgus2().with_columns(event=pl.col("death") == 1)
    design = build_design(frame, (SEX,), "dxyr")
    risks = Standardised(design, fit_logistic(design))
    assert risks.setting(None).risk == pytest.approx(design.event.mean(), abs=1e-12)
    men = design.matrix[:, 0] == 1
    assert risks.risk((0, 1.0))[0] == pytest.approx(design.event[men].mean(), abs=1e-12)
