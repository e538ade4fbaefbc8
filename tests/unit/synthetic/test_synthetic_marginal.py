"""The stored marginal truth belongs to the parameters, is found again, and its estimators are right."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from statsmodels.duration.hazard_regression import PHReg

from dyadlink.synthetic import Parameters
from dyadlink.synthetic.marginal import _cox, _logistic, _Patterns, simulate_marginal_truth
from dyadlink.synthetic.marginal_store import STORED_NAME, copy_marginal_truth, parameters_digest, store_marginal_truth

KEYS = ["quantity", "outcome", "subgroup", "term", "level", "horizon_days"]


@pytest.fixture(scope="module")
def stored(parameters_path: Path) -> pl.DataFrame:
    return pl.read_csv(parameters_path.parent / STORED_NAME, infer_schema_length=None)


def _value(frame: pl.DataFrame, **keys: str | int) -> float:
    found = frame.filter(*(pl.col(name) == value for name, value in keys.items()))
    assert found.height == 1
    return float(found["value"].item())


def test_the_stored_truth_is_that_of_the_parameters(stored: pl.DataFrame, parameters: Parameters) -> None:
    assert stored["parameters"].unique().to_list() == [parameters_digest(parameters)]
    assert stored["n_dyads"].unique().to_list() == [1_000_000]
    assert stored.select(KEYS).is_duplicated().sum() == 0
    assert stored.filter(pl.col("monte_carlo_se") > 0.02).height == 0


@pytest.fixture(scope="module")
def found(parameters: Parameters) -> pl.DataFrame:
    return simulate_marginal_truth(60_000, 77, parameters)


def test_the_stored_truth_is_found_again_with_another_seed(stored: pl.DataFrame, found: pl.DataFrame) -> None:
    both = stored.join(found, on=KEYS, suffix="_again", nulls_equal=True)
    assert both.height == stored.height
    error = (pl.col("monte_carlo_se") ** 2 + pl.col("monte_carlo_se_again") ** 2).sqrt()
    # 237 quantities; twins make the errors a little small.
    assert both.filter((pl.col("value") - pl.col("value_again")).abs() > 4.5 * error + 1e-9).height == 0


def test_who_has_a_competing_event_stays_in_the_subdistribution_risk_set(
    stored: pl.DataFrame, found: pl.DataFrame
) -> None:
    """The two scales differ by what loss takes away; in one sample that difference has little noise."""

    def gap(frame: pl.DataFrame) -> float:
        keys = {"outcome": "o3", "term": "has_childhood_trauma"}
        overall = _value(frame, quantity="log_subdistribution_hazard_ratio", **keys)
        return overall - _value(frame, quantity="log_cause_specific_hazard_ratio", **keys)

    assert gap(stored) < -0.03
    assert gap(found) == pytest.approx(gap(stored), abs=0.02)


@pytest.mark.parametrize("outcome", ["o3", "o4"])
def test_cause_specific_ratios_are_the_planted_ones(stored: pl.DataFrame, parameters: Parameters, outcome: str) -> None:
    ratios = getattr(parameters.effects, outcome).ratios.value
    rows = stored.filter(pl.col("quantity") == "log_cause_specific_hazard_ratio", pl.col("outcome") == outcome)
    for row in rows.iter_rows(named=True):
        name = row["level"] if row["term"] == "diagnosis_group" else row["term"]
        assert abs(row["value"] - math.log(ratios[name])) < 3.5 * row["monte_carlo_se"], name


def test_effects_differ_between_the_scales(stored: pl.DataFrame) -> None:
    """Being single raises loss alone; as loss competes with a plan, single mothers have fewer first plans."""
    specific = _value(stored, quantity="log_cause_specific_hazard_ratio", outcome="o3", term="is_single")
    overall = _value(stored, quantity="log_subdistribution_hazard_ratio", outcome="o3", term="is_single")
    assert overall < specific - 0.02
    assert _value(stored, quantity="risk_difference", outcome="o3", term="is_single", level="yes") < 0
    assert _value(stored, quantity="risk_difference", outcome="o4", term="is_single", level="yes") > 0.03


def test_incidences_agree_with_the_planted_risks(stored: pl.DataFrame, parameters: Parameters) -> None:
    assert _value(stored, quantity="prevalence", outcome="o1") == pytest.approx(0.356, abs=0.002)
    loss = _value(stored, quantity="cumulative_incidence", outcome="o4", subgroup="all", horizon_days=365)
    assert 0.97 * parameters.effects.o4.risk.value < loss < parameters.effects.o4.risk.value + 0.002


def _sample() -> tuple[_Patterns, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    design = rng.integers(0, 2, (8, 3)).astype(float)
    design[:4] = np.eye(4, 3)
    which = rng.integers(0, 8, 1500)
    rate = np.exp(design[which] @ [0.8, -0.5, 0.3] - 6.2)
    wait = np.ceil(rng.exponential(1 / rate))
    event = np.where(wait <= 365, wait, 0)
    return _Patterns(design, which), event, np.minimum(wait, 365), wait


def test_the_cox_model_is_that_of_statsmodels() -> None:
    patterns, event, leave, _ = _sample()
    found, error = _cox(patterns, event, leave)
    fitted = PHReg(leave, patterns.design[patterns.which], status=(event > 0).astype(int), ties="breslow").fit()
    assert np.allclose(found, fitted.params, atol=1e-5)
    assert np.allclose(error, fitted.bse, rtol=1e-3)


def test_the_logistic_model_solves_its_equations() -> None:
    patterns, event, *_ = _sample()
    found, _ = _logistic(patterns, (event > 0).astype(float))
    x = patterns.design[patterns.which]
    score = x @ found
    constant = np.log(1e-9)
    low, high = -20.0, 20.0
    for _ in range(100):
        constant = (low + high) / 2
        mean = 1 / (1 + np.exp(-(score + constant)))
        low, high = (constant, high) if mean.sum() < (event > 0).sum() else (low, constant)
    assert np.allclose(x.T @ ((event > 0) - mean), 0, atol=1e-5)


def test_a_stale_truth_is_not_copied(tmp_path: Path, parameters: Parameters) -> None:
    found = pl.DataFrame({"quantity": ["prevalence"], "value": [0.4]})
    (tmp_path / "truth").mkdir()
    store_marginal_truth(found, 10, parameters, tmp_path / STORED_NAME)
    fewer = parameters.social_care.model_copy(
        update={"lost_by_t2": parameters.social_care.lost_by_t2.model_copy(update={"value": 0.05})}
    )
    copy_marginal_truth(tmp_path / "p.yaml", parameters.model_copy(update={"social_care": fewer}), tmp_path / "truth")
    assert list((tmp_path / "truth").iterdir()) == []
    copy_marginal_truth(tmp_path / "p.yaml", parameters, tmp_path / "truth")
    assert pl.read_csv(tmp_path / "truth" / "marginal.csv").columns == ["quantity", "value", "n_dyads", "Synthetic"]


def test_every_world_holds_the_stored_truth(world: Path, stored: pl.DataFrame) -> None:
    found = pl.read_csv(world / "truth" / "marginal.csv", infer_schema_length=None)
    assert found.drop("Synthetic").equals(stored.drop("parameters"))
