"""Standardised risks: what they add up to, and the truth that the data were simulated from."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from analysis_table import LOGISTIC_INTERCEPT, TRUE_EFFECTS, make_analysis_table

from dyadlink.estimates import MarginalRisks
from dyadlink.models.design import Design, Parameter, build_design, list_parameters, select_cases
from dyadlink.models.firth import fit_firth, with_flic
from dyadlink.models.logistic import fit_logistic
from dyadlink.models.marginal_risks import Standardised, estimate_marginal_risks
from dyadlink.models.specification import ModelSpec, Term

LEVELS = ["bipolar", "other", "personality_disorder", "schizophrenia_spectrum"]
QUANTITIES = ["risk", "difference", "ratio"]


def test_one_row_per_level_and_quantity_the_reference_first(
    analysis: pl.DataFrame, o1_spec: ModelSpec, o4_spec: ModelSpec
) -> None:
    risks = estimate_marginal_risks(analysis, [o1_spec, o4_spec])
    assert risks.columns == list(MarginalRisks.columns())
    levels = [("diagnosis_group", level, quantity) for level in LEVELS for quantity in QUANTITIES]
    assert risks.select("term", "level", "quantity").rows() == [
        ("deprivation", "", "difference"),
        ("deprivation", "", "ratio"),
        ("has_domestic_abuse", "no", "risk"),
        *(("has_domestic_abuse", "yes", quantity) for quantity in QUANTITIES),
        ("diagnosis_group", "depression", "risk"),
        *levels,
    ]
    # A model of time has none.
    assert risks["model"].unique().to_list() == ["o1_logistic"]
    reference = risks.filter(level="depression").row(0, named=True)
    assert (reference["n_level"], reference["n_events_level"]) == (
        reference["n_reference"],
        reference["n_events_reference"],
    )


def test_differences_and_ratios_are_of_the_risks(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    risks = estimate_marginal_risks(analysis, [o1_spec]).filter(pl.col("term") == "diagnosis_group")
    told = {(row["level"], row["quantity"]): row["estimate"] for row in risks.iter_rows(named=True)}
    for level in LEVELS:
        assert told[level, "difference"] == pytest.approx(told[level, "risk"] - told["depression", "risk"])
        assert told[level, "ratio"] == pytest.approx(told[level, "risk"] / told["depression", "risk"])


def test_a_model_without_estimates_has_rows_without_figures(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    constant = analysis.with_columns(has_domestic_abuse=pl.lit(value=False))
    risks = estimate_marginal_risks(constant, [o1_spec])
    assert risks.height == 19
    assert risks.select("estimate", "std_error", "conf_low", "conf_high").null_count().row(0) == (19,) * 4


def test_the_order_of_the_table_changes_nothing(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    shuffled = analysis.sample(fraction=1.0, shuffle=True, seed=3)
    assert estimate_marginal_risks(shuffled, [o1_spec]).equals(estimate_marginal_risks(analysis, [o1_spec]))


@pytest.mark.parametrize("family", ["logistic", "firth"])
def test_the_truth_is_recovered(family: str) -> None:
    """Mean planted risks of the same dyads with everybody at a level: each within three standard errors."""
    study = make_analysis_table(20_000, seed=3, missing=0.0)
    names = [name for name, _ in TRUE_EFFECTS if name not in {"deprivation", "diagnosis_group"}]
    terms = (
        Term(name="deprivation", kind="linear"),
        Term(name="diagnosis_group", kind="categorical", reference="depression"),
        *(Term(name=name, kind="binary") for name in names),
    )
    spec = ModelSpec(name="m", role="primary", outcome="o1", population="all", family=family, terms=terms)
    risks = estimate_marginal_risks(study, [spec])
    compared = 0
    for row in risks.filter(quantity="risk").iter_rows(named=True):
        value = row["level"] == "yes" if row["level"] in {"yes", "no"} else row["level"]
        truth = _mean_risk(study.with_columns(pl.lit(value).alias(row["term"])))
        assert abs(row["estimate"] - truth) < 3 * row["std_error"], row
        assert row["conf_low"] < row["estimate"] < row["conf_high"]
        assert row["std_error"] < 0.02
        compared += 1
    step = _mean_risk(study.with_columns(pl.col("deprivation") + 1)) - _mean_risk(study)
    told = risks.filter(term="deprivation", quantity="difference").row(0, named=True)
    assert abs(told["estimate"] - step) < 3 * told["std_error"]
    assert compared == 5 + 2 * len(names)


def _mean_risk(study: pl.DataFrame) -> float:
    scores = np.full(study.height, LOGISTIC_INTERCEPT)
    for (term, level), effect in TRUE_EFFECTS.items():
        column = study[term] if level in {"", "yes"} else study[term] == level
        scores += effect * column.cast(pl.Float64).to_numpy()
    return float((1 / (1 + np.exp(-scores))).mean())


def test_firths_risks_add_up_to_the_events_seen(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    few = analysis.head(150)
    design = build_design(select_cases(few, o1_spec).frame, list_parameters(few, o1_spec.terms), "mother_number")
    fit = with_flic(design, fit_firth(design))
    assert Standardised(design, fit).setting(None).risk == pytest.approx(design.event.mean(), abs=1e-12)
    # The covariance is that of the coefficients that are reported, but for the intercept's own move.
    assert fit.covariance is not None
    assert np.sqrt(np.diag(fit.covariance))[1:] == pytest.approx(fit.std_errors, rel=0.02)


def test_a_fit_without_intercept_gives_no_risks(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    design = build_design(
        select_cases(analysis, o1_spec).frame, list_parameters(analysis, o1_spec.terms), "mother_number"
    )
    with pytest.raises(ValueError, match="without intercept"):
        Standardised(design, fit_firth(design))


def test_a_risk_near_nought_keeps_its_interval_between_nought_and_one() -> None:
    """On the scale of risks three events of 400 would reach below nought."""
    event = np.arange(800) < 15
    x = (np.arange(800) >= 12)[:, None] & (np.arange(800) % 2 == 0)[:, None]
    design = Design((Parameter("x", "binary", "yes", "no"),), x.astype(float), event, np.zeros(800), np.arange(800))
    risk, error, low, high = Standardised(design, fit_logistic(design)).risk((0, 1.0))
    assert risk - 1.96 * error < 0 < low < risk < high < 1
