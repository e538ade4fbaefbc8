"""Firth's penalty takes over where maximum likelihood fails, and says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from family_worlds import make_study, singles
from imputation_world import model

from dyadlink.disclosure.estimates import protect_estimates
from dyadlink.disclosure.profiles import get_profile
from dyadlink.errors import ConfigError
from dyadlink.models import firth
from dyadlink.models.design import Design, Parameter
from dyadlink.models.firth import infer_from_profile
from dyadlink.models.fitting import fit_models
from dyadlink.models.linkage_plans import SimpleBiasAnalysis
from dyadlink.models.methods import choose_method
from dyadlink.models.planted import compare_with_planted
from dyadlink.models.specification import ModelSpec, load_models

IS_OTHER = (pl.col("diagnosis_group") == "other").fill_null(False)
FIGURES = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
NOT_CLUSTERED = "it does not allow for mothers with two infants"


@pytest.fixture
def separated(analysis: pl.DataFrame) -> pl.DataFrame:
    return analysis.with_columns(o1=pl.col("o1") & ~IS_OTHER)


@pytest.mark.parametrize("level", ["other", "depression"])
def test_a_separated_model_has_estimates_and_says_why(analysis: pl.DataFrame, o1_spec: ModelSpec, level: str) -> None:
    """At a level, and at the reference."""
    at_level = (pl.col("diagnosis_group") == level).fill_null(False)
    estimates = fit_models(analysis.with_columns(o1=pl.col("o1") & ~at_level), [o1_spec])
    assert set(estimates["method"]) == {"firth"}
    assert set(estimates["family"]) == {"logistic"}
    assert estimates.select(pl.col(FIGURES).is_not_null().all()).row(0) == (True,) * 5
    note = estimates["note"][0]
    assert note.startswith("Firth's penalised likelihood, because no finite maximum likelihood estimate exists (sep")
    assert "(separation)" in note
    assert "diagnosis_group" not in note
    assert NOT_CLUSTERED in note


def test_the_separated_level_is_not_released_and_the_note_is(separated: pl.DataFrame, o1_spec: ModelSpec) -> None:
    released = protect_estimates(fit_models(separated, [o1_spec]), get_profile("strict"))
    rows = {row["level"]: row for row in released.iter_rows(named=True)}
    assert (rows["other"]["status"], rows["other"]["ratio"]) == ("suppressed_primary", None)
    assert (rows["bipolar"]["status"], rows["bipolar"]["method"]) == ("shown", "firth")
    assert "separation" in rows["bipolar"]["note"]
    assert "separation" not in rows["other"]["note"]


def test_intervals_are_not_symmetric_and_hold_the_estimate(separated: pl.DataFrame, o1_spec: ModelSpec) -> None:
    row = fit_models(separated, [o1_spec]).filter(level="other").row(0, named=True)
    assert row["conf_low"] < row["estimate"] < row["conf_high"] < 0
    assert row["estimate"] - row["conf_low"] > 1.5 * (row["conf_high"] - row["estimate"])


@pytest.mark.parametrize(("n_events", "method"), [(59, "firth"), (60, "logistic")])
def test_events_per_parameter_at_the_boundary(o1_spec: ModelSpec, n_events: int, method: str) -> None:
    """Six parameters and a limit of ten; the rarer of the outcome and its absence counts."""
    for flip in (False, True):
        assert choose_method(o1_spec, _mixed(n_events, flip)).family == method


def test_the_limit_is_the_rows_own(o1_spec: ModelSpec) -> None:
    design = _mixed(59)
    for update in ({"firth_below": 9}, {"firth_below": 0}, {"rare": "maximum_likelihood"}):
        assert choose_method(o1_spec.model_copy(update=update), design).family == "logistic"
    chosen = choose_method(o1_spec.model_copy(update={"firth_below": 20}), _mixed(100))
    assert (chosen.family, chosen.reason) == ("firth", "there are fewer than 20 events per parameter")


def test_arithmetic_on_tables_stays_with_maximum_likelihood(o1_spec: ModelSpec) -> None:
    plan = SimpleBiasAnalysis(plan="simple_bias_analysis", sensitivity={"fixed": 0.9})
    assert choose_method(o1_spec.model_copy(update={"linkage": plan}), _mixed(59)).family == "logistic"


def test_a_constant_term_stops_firth_too(separated: pl.DataFrame, o1_spec: ModelSpec) -> None:
    estimates = fit_models(separated.with_columns(has_domestic_abuse=pl.lit(False)), [o1_spec])
    assert estimates["estimate"].null_count() == estimates.height
    assert "has_domestic_abuse varies too little" in estimates["note"][0]


def test_with_many_events_firth_is_close_to_maximum_likelihood(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    asked = o1_spec.model_copy(update={"name": "f", "family": "firth"})
    plain, penalised = fit_models(analysis, [o1_spec]), fit_models(analysis, [asked])
    assert set(plain["method"]) == {"maximum_likelihood"}
    assert set(penalised["method"]) == {"firth"}
    assert penalised["note"][0].startswith(f"Firth's penalised likelihood; {NOT_CLUSTERED}")
    assert penalised["n_parameters"].to_list() == plain["n_parameters"].to_list()
    difference = (penalised["estimate"] - plain["estimate"]) / plain["std_error"]
    assert 0 < difference.abs().max() < 0.1


def test_firth_is_held_against_the_planted_odds_ratios(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    effects = pl.DataFrame(
        {"outcome": ["o1"], "family": ["logistic"], "term": ["deprivation"], "level": [""], "effect": [0.25]}
    )
    estimates = fit_models(analysis, [o1_spec.model_copy(update={"family": "firth"})])
    assert compare_with_planted(estimates, effects)["is_covered"].to_list() == [True]


def test_a_fit_that_does_not_converge_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firth, "_TOLERANCES", (1e-300,))
    monkeypatch.setattr(firth, "_MOST_STEPS", 0)
    fit, inference = infer_from_profile(_mixed(59))
    assert fit.problem == "the fit did not converge"
    assert np.isnan(inference.estimate).all()


@pytest.mark.parametrize("steps", [2, 500])
def test_where_the_library_is_held_up_the_score_leads_to_the_same_maximum(
    monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """Held up by a likelihood without digits, or by so few steps that it is not near yet."""
    design = _mixed(59)
    known = firth.fit_firth(design)
    monkeypatch.setattr(firth, "_TOLERANCES", (1e-300,))
    monkeypatch.setattr(firth, "_LIBRARY_STEPS", steps)
    fit = firth.fit_firth(design)
    assert fit.problem == ""
    assert fit.coefficients == pytest.approx(known.coefficients, abs=1e-8)
    assert fit.std_errors == pytest.approx(known.std_errors, rel=1e-8)


@pytest.mark.parametrize("seed", [191, 796, 976])
def test_a_likelihood_without_digits_left_is_no_failure(seed: int) -> None:
    """Studies at whose maximum the likelihood is flat to its last digit before the gradient is as small as asked."""
    study = make_study(seed, singles(1500), intercept=-5.1)
    estimates = fit_models(study, [model("logistic")])
    assert set(estimates["method"]) == {"firth"}
    assert estimates.select(pl.col(FIGURES).is_not_null().all()).row(0) == (True,) * 5
    half = (estimates["conf_high"] - estimates["conf_low"]) / 2 / estimates["std_error"]
    assert half.is_between(1.7, 2.6).all()


def test_a_limit_that_is_not_found_is_said(
    separated: pl.DataFrame, o1_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firth, "_TEST_TOLERANCE", -1.0)
    estimates = fit_models(separated, [o1_spec])
    assert estimates["p_value"].null_count() == estimates.height
    assert "the interval or the test of some terms was not found" in estimates["note"][0]


ROW = {
    "name": "o1_for_few",
    "role": "sensitivity",
    "outcome": "o1",
    "population": "all",
    "family": "logistic",
    "terms": [{"name": "deprivation", "kind": "linear"}],
}


def test_a_sensitivity_analysis_is_a_row(tmp_path: Path, analysis: pl.DataFrame) -> None:
    """No Python: the same model with and without the penalty, as two rows."""
    rows = [{**ROW, "firth_below": 1000}, {**ROW, "name": "plain", "rare": "maximum_likelihood"}]
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": rows}))
    estimates = fit_models(analysis, load_models(path))
    assert estimates.select("model", "method").rows() == [("o1_for_few", "firth"), ("plain", "maximum_likelihood")]
    assert "fewer than 1000 events per parameter" in estimates["note"][0]


@pytest.mark.parametrize("change", [{"rare": "firth"}, {"firth_below": 5}])
def test_what_is_for_logistic_models_is_refused_elsewhere(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": [{**ROW, "family": "firth", **change}]}))
    with pytest.raises(ConfigError, match=f"{next(iter(change))} is for the family logistic alone"):
        load_models(path)


def _mixed(n_events: int, flip: bool = False) -> Design:
    """Six columns of chance, no separation."""
    rng = np.random.default_rng(5)
    n = 600
    event = np.arange(n) < n_events
    parameters = tuple(Parameter(f"x{index}", "linear", "", "") for index in range(6))
    return Design(parameters, rng.normal(size=(n, 6)), event ^ flip, np.zeros(n), np.arange(n))
