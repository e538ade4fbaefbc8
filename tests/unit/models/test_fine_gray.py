"""Fine-Gray models in the study: rows, words, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from dyadlink.errors import ConfigError
from dyadlink.models.cox import fit_cox
from dyadlink.models.design import Design, Parameter, build_design, list_parameters, select_cases
from dyadlink.models.fine_gray import fit_fine_gray
from dyadlink.models.fitting import fit_models
from dyadlink.models.guards import explain_problem
from dyadlink.models.specification import ModelSpec, load_models

ROW = {
    "name": "o4_fine_gray",
    "role": "sensitivity",
    "outcome": "o4",
    "population": "in_custody_at_t2",
    "family": "fine_gray",
    "terms": [{"name": "deprivation", "kind": "linear"}, {"name": "has_domestic_abuse", "kind": "binary"}],
}


def _load(tmp_path: Path, **changes: object) -> ModelSpec:
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": [ROW | changes]}))
    (spec,) = load_models(path)
    return spec


def test_a_row_is_enough(tmp_path: Path, analysis: pl.DataFrame) -> None:
    estimates = fit_models(analysis, [_load(tmp_path)])
    assert estimates.select("family", "method").unique().rows() == [("fine_gray", "finegray_weights")]
    assert estimates["estimate"].null_count() == 0
    # No intercept, and who is censored is still analysed.
    assert estimates["n_parameters"].to_list() == [2, 2]
    complete = analysis.filter(pl.col("o4_at_risk")).drop_nulls(["deprivation", "has_domestic_abuse"])
    assert estimates["n"].to_list() == [complete.height] * 2
    assert estimates["n_events"][0] == (complete["o4_event"] == "custody_loss").sum()


def test_a_row_names_the_variance(tmp_path: Path, analysis: pl.DataFrame) -> None:
    estimates = fit_models(analysis, [_load(tmp_path), _load(tmp_path, name="crr", variance="crr")])
    assert estimates["method"].to_list() == ["finegray_weights"] * 2 + ["crr_weights"] * 2
    finegray, crr = (rows["std_error"].to_numpy() for rows in estimates.partition_by("model"))
    assert 0 < np.abs(finegray / crr - 1).max() < 0.02


def test_the_other_causes_compete(tmp_path: Path, analysis: pl.DataFrame) -> None:
    o3 = _load(tmp_path, outcome="o3", population="at_risk_of_plan")
    frame = select_cases(analysis, o3).frame
    assert frame["competing"].sum() == frame["o3_event"].is_in(["custody_loss", "death"]).sum() > 0
    assert not (frame["competing"] & frame["event"]).any()


def test_with_nobody_competing_it_is_the_cox_model(tmp_path: Path, analysis: pl.DataFrame) -> None:
    spec = _load(tmp_path)
    frame = select_cases(analysis, spec).frame
    design = build_design(frame, list_parameters(analysis, spec.terms), "mother_number")
    alone = replace(design, competing=np.zeros_like(design.event))
    for other in (alone, replace(design, competing=None)):
        fit, cox = fit_fine_gray(other), fit_cox(alone)
        assert np.abs(fit.coefficients - cox.coefficients).max() < 1e-9
        assert np.abs(fit.std_errors - cox.std_errors).max() < 1e-9
    assert np.abs(fit_fine_gray(design).coefficients - cox.coefficients).max() > 1e-9


def test_the_order_of_dyads_changes_nothing(tmp_path: Path, analysis: pl.DataFrame) -> None:
    spec = _load(tmp_path)
    shuffled = analysis.sample(fraction=1.0, shuffle=True, seed=3)
    assert fit_models(shuffled, [spec]).equals(fit_models(analysis, [spec]))


def test_a_level_without_events_is_not_estimated(tmp_path: Path, analysis: pl.DataFrame) -> None:
    is_lost = (pl.col("o4_event") == "custody_loss") & pl.col("has_domestic_abuse").fill_null(False)
    without = analysis.with_columns(o4_event=pl.when(is_lost).then(pl.lit("censored")).otherwise("o4_event"))
    estimates = fit_models(without, [_load(tmp_path)])
    assert estimates["estimate"].null_count() == 2
    assert "separation" in estimates["note"][0]


def test_a_likelihood_without_a_maximum_is_said() -> None:
    """The order of failure is the order of the covariate."""
    days = np.arange(1, 101, dtype=np.float64)
    parameters = (Parameter("x", "linear", "", ""),)
    design = Design(parameters, -days[:, None], np.ones(100, bool), days, np.arange(100), np.zeros(100, bool))
    assert explain_problem(design, "fine_gray") == ""
    assert fit_fine_gray(design).problem


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"family": "cox", "variance": "crr"}, "variance is for the family fine_gray alone"),
        ({"outcome": "o1", "population": "all"}, "o1 has no time to event for fine_gray"),
        (
            {"linkage": {"plan": "bias_analysis", "m": 5, "seed": 1, "sensitivity": {"fixed": 0.9}}},
            "bias_analysis draws no competing events for fine_gray",
        ),
    ],
)
def test_what_it_cannot_do_is_refused(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        _load(tmp_path, **changes)
