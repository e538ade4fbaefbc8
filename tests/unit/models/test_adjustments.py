"""Unadjusted, minimally and fully adjusted columns, of the same dyads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from dyadlink.errors import ConfigError
from dyadlink.models.fitting import count_model_dyads, fit_models
from dyadlink.models.marginal_risks import estimate_marginal_risks
from dyadlink.models.planted import compare_with_planted
from dyadlink.models.specification import ModelSpec, load_models

DEPRIVATION = {"name": "deprivation", "kind": "linear"}
ABUSE = {"name": "has_domestic_abuse", "kind": "binary"}
DIAGNOSIS = {"name": "diagnosis_group", "kind": "categorical", "reference": "depression"}
ROW: dict[str, Any] = {
    "name": "m",
    "role": "primary",
    "outcome": "o1",
    "population": "all",
    "family": "logistic",
    "terms": [DEPRIVATION, DIAGNOSIS, ABUSE],
}
SPREAD = {**ROW, "adjustments": ["unadjusted", "minimal", "full"], "minimal_terms": "earlier"}


def _load(tmp_path: Path, *rows: dict[str, Any], **sections: Any) -> tuple[ModelSpec, ...]:
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": list(rows), "term_sets": {"earlier": [DEPRIVATION]}, **sections}))
    return load_models(path)


def _alone(analysis: pl.DataFrame, terms: list[dict[str, str]]) -> pl.DataFrame:
    return fit_models(analysis, [ModelSpec.model_validate({**ROW, "terms": terms})])


def test_a_row_becomes_a_model_for_each_adjustment(tmp_path: Path) -> None:
    specs = _load(tmp_path, SPREAD)
    assert [(spec.name, spec.adjustment) for spec in specs] == [
        ("m_unadjusted", "unadjusted"),
        ("m_minimal", "minimal"),
        ("m", "full"),
    ]
    assert [spec.has_no_plan for spec in specs] == [False, False, True]
    (plain,) = _load(tmp_path, ROW)
    assert (plain.name, plain.adjustment) == ("m", "full")


def test_each_column_is_the_fit_it_says(tmp_path: Path, analysis: pl.DataFrame) -> None:
    estimates = fit_models(analysis, _load(tmp_path, SPREAD))
    complete = analysis.drop_nulls(["deprivation", "diagnosis_group", "has_domestic_abuse"])
    figures = ["term", "level", "estimate", "std_error"]
    unadjusted, minimal, full = (estimates.filter(adjustment=a) for a in ("unadjusted", "minimal", "full"))
    for term in ([DEPRIVATION], [DIAGNOSIS], [ABUSE]):
        alone = _alone(complete, term)
        assert unadjusted.filter(term=term[0]["name"]).select(figures).equals(alone.select(figures))
    for term in ([DIAGNOSIS, DEPRIVATION], [ABUSE, DEPRIVATION]):
        pair = _alone(complete, sorted(term, key=ROW["terms"].index)).filter(term=term[0]["name"])
        assert minimal.filter(term=term[0]["name"]).select(figures).equals(pair.select(figures))
    # The minimal term itself is told from the fit of the minimal terms.
    own = _alone(complete, [DEPRIVATION])
    assert minimal.filter(term="deprivation").select(figures).equals(own.select(figures))
    assert full.select(figures).equals(_alone(analysis, ROW["terms"]).select(figures))
    assert minimal["minimal_terms"].unique().to_list() == ["deprivation"]


def test_all_columns_are_of_the_same_dyads(tmp_path: Path, analysis: pl.DataFrame) -> None:
    estimates = fit_models(analysis, _load(tmp_path, SPREAD))
    counts = ["term", "level", "n", "n_events", "n_level", "n_events_level", "n_reference", "n_events_reference"]
    unadjusted, minimal, full = (
        estimates.filter(adjustment=a).select(counts) for a in ("unadjusted", "minimal", "full")
    )
    assert unadjusted.equals(full)
    assert minimal.equals(full)
    parameters = estimates.filter(term="has_domestic_abuse")["n_parameters"].to_list()
    assert parameters == [2, 3, 7]


def test_only_the_full_column_is_counted_held_against_the_truth_and_has_risks(
    tmp_path: Path, analysis: pl.DataFrame
) -> None:
    specs = _load(tmp_path, SPREAD)
    estimates = fit_models(analysis, specs)
    assert count_model_dyads(analysis, specs)["variable"].unique().to_list() == ["m"]
    effects = pl.DataFrame(
        {"outcome": ["o1"], "family": ["logistic"], "term": ["deprivation"], "level": [""], "effect": [0.25]}
    )
    assert compare_with_planted(estimates, effects)["model"].to_list() == ["m"]
    assert estimate_marginal_risks(analysis, specs)["model"].unique().to_list() == ["m"]


def test_the_method_is_chosen_for_each_fit(tmp_path: Path, analysis: pl.DataFrame) -> None:
    """Where few events serve the whole model's parameters, one term's fit may have enough."""
    limit = analysis["o1"].sum() // 4
    estimates = fit_models(analysis, _load(tmp_path, {**SPREAD, "firth_below": limit}))
    methods = estimates.group_by("adjustment", "term").agg(pl.col("method").unique()).explode("method")
    told = {(row["adjustment"], row["term"]): row["method"] for row in methods.iter_rows(named=True)}
    assert told["full", "has_domestic_abuse"] == told["unadjusted", "diagnosis_group"] == "firth"
    assert told["unadjusted", "has_domestic_abuse"] == "maximum_likelihood"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"adjustments": ["crude"]}, "adjustments"),
        ({"adjustments": []}, "adjustments"),
        ({"adjustments": ["full", "full"]}, "an adjustment is listed twice"),
        ({"adjustments": ["minimal", "full"]}, "minimal and minimal_terms go together"),
        ({"minimal_terms": [DEPRIVATION]}, "minimal and minimal_terms go together"),
        (
            {"adjustments": ["minimal"], "minimal_terms": [{"name": "is_single", "kind": "binary"}]},
            "minimal term 'is_single' is no term of the model",
        ),
        ({"adjustments": ["minimal"], "minimal_terms": "later"}, "there is no term set 'later'"),
        ({"adjustments": ["unadjusted"], "missing": {"plan": "imputed", "seed": 1}}, "is adjusted in full"),
    ],
)
def test_adjustments_that_cannot_be_meant_are_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        _load(tmp_path, {**ROW, **change})
