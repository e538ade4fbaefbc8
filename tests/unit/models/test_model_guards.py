"""A model that cannot be estimated says so and shows no figures."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dyadlink.models.cox import fit_cox
from dyadlink.models.design import Design, Parameter
from dyadlink.models.fit import checked_fit
from dyadlink.models.fitting import fit_models
from dyadlink.models.guards import explain_problem
from dyadlink.models.logistic import fit_logistic
from dyadlink.models.specification import ModelSpec

FIGURES = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]
IS_OTHER = pl.col("diagnosis_group") == "other"
IS_LOST = pl.col("o4_event") == "custody_loss"


def _assert_not_estimated(analysis: pl.DataFrame, spec: ModelSpec, reason: str) -> None:
    estimates = fit_models(analysis, [spec])
    assert estimates.select(pl.col(FIGURES).is_null().all()).row(0) == (True,) * 5
    assert estimates["note"].str.starts_with("not estimated: ").all()
    assert reason in estimates["note"][0]


def test_separation_under_maximum_likelihood(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    separated = analysis.with_columns(o1=pl.col("o1") & ~IS_OTHER.fill_null(False))
    strict = o1_spec.model_copy(update={"rare": "maximum_likelihood"})
    _assert_not_estimated(
        separated, strict, "separation): too few dyads with or without the outcome at diagnosis_group"
    )


@pytest.mark.parametrize("level", ["other", "depression"])
def test_a_level_without_events_in_a_cox_model(analysis: pl.DataFrame, o4_spec: ModelSpec, level: str) -> None:
    at_level = (pl.col("diagnosis_group") == level).fill_null(False)
    event = pl.when(IS_LOST & at_level).then(pl.lit("censored")).otherwise("o4_event")
    _assert_not_estimated(analysis.with_columns(o4_event=event), o4_spec, "separation")


def test_monotone_likelihood_in_a_cox_model() -> None:
    """The order of failure is the order of the covariate: the hazard ratio is infinite, with events all over."""
    days = np.arange(1, 101, dtype=np.float64)
    design = Design((Parameter("x", "linear", "", ""),), -days[:, None], np.ones(100, bool), days, np.arange(100))
    assert explain_problem(design, "cox") == ""
    assert fit_cox(design).problem


def test_a_constant_term(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    constant = analysis.with_columns(has_domestic_abuse=pl.lit(False))
    _assert_not_estimated(constant, o1_spec, "has_domestic_abuse varies too little")


def test_a_constant_linear_term(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    constant = analysis.with_columns(deprivation=pl.lit(3, pl.Int64))
    _assert_not_estimated(constant, o1_spec, "deprivation varies too little")


def test_a_categorical_term_with_one_level(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    one_level = analysis.with_columns(diagnosis_group=pl.lit("depression"))
    _assert_not_estimated(one_level, o1_spec, "diagnosis_group varies too little")


def test_a_level_that_no_complete_case_has(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    emptied = analysis.with_columns(deprivation=pl.when(~IS_OTHER.fill_null(False)).then("deprivation"))
    _assert_not_estimated(emptied, o1_spec, "too few dyads at diagnosis_group = other")


def test_a_reference_level_that_nobody_has(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    emptied = analysis.filter(pl.col("diagnosis_group") != "depression")
    _assert_not_estimated(emptied, o1_spec, "too few dyads at the reference level diagnosis_group = depression")


@pytest.mark.parametrize(("n_events", "is_estimated"), [(9, False), (10, True)])
def test_events_at_the_boundary(n_events: int, is_estimated: bool) -> None:
    design = _one_term(np.arange(200) % 2 == 0, np.arange(200) < n_events)
    assert (explain_problem(design, "logistic") == "") == is_estimated
    assert (explain_problem(design, "cox") == "") == is_estimated


def test_too_few_dyads_without_the_outcome() -> None:
    design = _one_term(np.arange(200) % 2 == 0, np.arange(200) >= 9)
    assert explain_problem(design, "logistic") == "fewer than 10 dyads without the outcome"
    assert explain_problem(design, "cox") == ""


def test_nobody_in_the_population(analysis: pl.DataFrame, o4_spec: ModelSpec) -> None:
    nobody = analysis.filter(~pl.col("o4_at_risk"))
    _assert_not_estimated(nobody, o4_spec, "too few dyads have every covariate recorded")


def test_terms_that_repeat_each_other() -> None:
    single = _one_term(np.arange(200) % 2 == 0, np.arange(200) % 3 == 0)
    parameters = tuple(Parameter(name, "binary", "yes", "no") for name in ("a", "b"))
    matrix = np.hstack([single.matrix, 1 - single.matrix])
    design = Design(parameters, matrix, single.event, single.days, single.clusters)
    assert "repeat each other (singular)" in explain_problem(design, "logistic")
    assert "repeat each other (singular)" in explain_problem(design, "cox")


def test_too_few_mothers() -> None:
    design = _one_term(np.arange(200) % 2 == 0, np.arange(200) % 3 == 0)
    few = Design(design.parameters, design.matrix, design.event, design.days, np.zeros(200, np.int64))
    assert "clustered covariance is singular" in explain_problem(few, "logistic")


@pytest.mark.parametrize("fit", [fit_logistic, fit_cox])
def test_a_fit_that_runs_away_is_caught_after_the_guards_too(fit: object) -> None:
    x = np.arange(200) % 2 == 0
    design = _one_term(x, x & (np.arange(200) < 100))
    assert callable(fit)
    assert fit(design).problem


def test_figures_that_are_not_finite_are_refused() -> None:
    design = _one_term(np.arange(200) % 2 == 0, np.arange(200) % 3 == 0)
    one, nothing = np.ones(1), np.full(1, np.nan)
    assert checked_fit(design, one, one, one).problem == ""
    assert checked_fit(design, nothing, one, one).problem == "the covariance is singular"
    assert checked_fit(design, one, np.zeros(1), one).problem == "the covariance is singular"


def test_an_estimate_that_ran_off_is_refused() -> None:
    # The standard deviation of x is one half: the limit of 50 per standard deviation lies at 100.
    design = _one_term(np.arange(200) % 2 == 0, np.arange(200) % 3 == 0)
    one = np.ones(1)
    assert checked_fit(design, one, one, np.full(1, 99.0)).problem == ""
    assert checked_fit(design, one, one, np.full(1, 101.0)).problem == "no finite estimate exists (separation) at x"


def test_a_cox_model_that_runs_out_of_iterations_says_so() -> None:
    x = np.arange(200) % 2 == 0
    assert fit_cox(_one_term(x, x & (np.arange(200) < 100))).problem == "the fit did not converge"


def _one_term(x: np.ndarray, event: np.ndarray) -> Design:
    n = len(x)
    days = np.arange(n) * 7 % 50 + 1.0
    return Design((Parameter("x", "binary", "yes", "no"),), x[:, None] * 1.0, event, days, np.arange(n))
