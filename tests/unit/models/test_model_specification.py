"""Which models are accepted, and what is said about the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dyadlink.errors import ConfigError
from dyadlink.models.baseline import BASELINE_COLUMNS
from dyadlink.models.specification import ModelSpec, load_models
from dyadlink.schemas import Analysis

MODELS_FILE = Path(__file__).parents[3] / "config" / "models.yaml"
ENTRY: dict[str, Any] = {
    "name": "m",
    "role": "primary",
    "outcome": "o1",
    "population": "all",
    "family": "logistic",
    "terms": [{"name": "is_single", "kind": "binary"}],
}
NOT_BASELINE = frozenset(
    {
        "dyad_id",
        "mother_number",
        "birth_month",
        "episode_days",
        "is_linked",
        "csc_level_birth",
        "csc_level_t1",
        "csc_level_t2",
        "csc_level_t3",
        "o1",
        "csc_level_episode",
        "o2",
        "o2_any",
        "follow_up_days",
        "end_reason",
        "o3_at_t3",
        "o4_at_t3",
        "o4_any",
        "apart_from",
        "return_days",
        "return_event",
        "is_custody_lost_by_t2",
        "is_on_plan_at_t2",
        "o3_at_risk",
        "o3_days",
        "o3_event",
        "o3",
        "o4_at_risk",
        "o4_days",
        "o4_event",
        "o4",
        "has_readmission",
        "readmission_days",
    }
)


def _load(tmp_path: Path, *entries: dict[str, Any], **sections: Any) -> tuple[ModelSpec, ...]:
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": list(entries), **sections}))
    return load_models(path)


def test_the_study_models_load() -> None:
    specs = load_models(MODELS_FILE)
    assert "o1_logistic" in [spec.name for spec in specs]
    assert all(spec.terms for spec in specs)


def test_a_term_set_is_resolved(tmp_path: Path) -> None:
    terms = [{"name": "parity", "kind": "categorical", "reference": "0"}]
    (spec,) = _load(tmp_path, {**ENTRY, "terms": "few"}, term_sets={"few": terms})
    assert [term.name for term in spec.terms] == ["parity"]


def test_every_column_is_classified() -> None:
    assert set(Analysis.columns()) == BASELINE_COLUMNS | NOT_BASELINE
    assert not BASELINE_COLUMNS & NOT_BASELINE


@pytest.mark.parametrize("name", sorted(NOT_BASELINE))
@pytest.mark.parametrize("kind", ["linear", "binary"])
def test_a_term_known_after_t1_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}' is no baseline covariate"):
        _load(tmp_path, {**ENTRY, "terms": [{"name": name, "kind": kind}]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"terms": [{"name": "is_singel", "kind": "binary"}]}, "'is_singel' is not a column"),
        ({"terms": [{"name": "parity", "kind": "categorical"}]}, "'parity' needs a reference"),
        (
            {"terms": [{"name": "is_single", "kind": "binary", "reference": "no"}]},
            "'is_single' has no reference",
        ),
        ({"terms": [{"name": "is_single", "kind": "linear"}]}, "'is_single' cannot be linear"),
        (
            {"terms": [{"name": "parity", "kind": "categorical", "reference": "3"}]},
            "'parity' has no level '3'",
        ),
        ({"terms": [{"name": "is_single", "kind": "binary"}] * 2}, "'is_single' is listed twice"),
        ({"terms": "some"}, "there is no term set 'some'"),
        ({"terms": []}, "terms"),
        ({"family": "cox"}, "o1 has no time to event"),
        ({"outcome": "o3"}, "o3 is not defined in population 'all'"),
        ({"population": "everyone"}, "population"),
        ({"weight": 1}, "unknown key 'weight'"),
    ],
)
def test_a_wrong_model_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, {**ENTRY, **change})
    assert message in str(caught.value)


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="model 'm' is listed twice"):
        _load(tmp_path, ENTRY, ENTRY)


SENSITIVITY = {**ENTRY, "role": "sensitivity"}
SAMPLED = {"plan": "sampled_links", "m": 5, "seed": 1}


def test_a_model_takes_its_links_for_certain_unless_it_says_otherwise(tmp_path: Path) -> None:
    (spec,) = _load(tmp_path, ENTRY)
    assert spec.linkage.plan == "as_linked"


def test_a_linkage_plan_is_written_out_or_named(tmp_path: Path) -> None:
    written = {**SENSITIVITY, "linkage": SAMPLED}
    named = {**SENSITIVITY, "name": "n", "linkage": "twenty"}
    first, second = _load(tmp_path, written, named, linkage_plans={"twenty": {**SAMPLED, "m": 20}})
    assert [spec.linkage.model_dump()["m"] for spec in (first, second)] == [5, 20]


def test_a_grid_becomes_a_model_for_each_threshold(tmp_path: Path) -> None:
    grid = {"plan": "threshold_grid", "thresholds": [0.5, 0.99]}
    specs = _load(tmp_path, {**SENSITIVITY, "linkage": grid})
    assert [(spec.name, spec.linkage.model_dump()["thresholds"]) for spec in specs] == [
        ("m_0_5", (0.5,)),
        ("m_0_99", (0.99,)),
    ]


def _bias(**sensitivity: Any) -> dict[str, Any]:
    return {**SENSITIVITY, "linkage": {"plan": "bias_analysis", "m": 5, "seed": 1, "sensitivity": sensitivity}}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({**SENSITIVITY, "linkage": "none"}, "there is no linkage plan 'none'"),
        ({**ENTRY, "linkage": SAMPLED}, "its role is sensitivity"),
        ({**SENSITIVITY, "linkage": {**SAMPLED, "m": 1}}, "m"),
        ({**SENSITIVITY, "linkage": {"plan": "threshold_grid", "thresholds": [1.5]}}, "thresholds"),
        (_bias(), "exactly one of fixed, beta and trapezoid"),
        (_bias(fixed=0.9, beta=[9, 1]), "exactly one of fixed, beta and trapezoid"),
        (_bias(trapezoid=[0.9, 0.8, 0.95, 0.99]), "ascend"),
        (_bias(trapezoid=[0.9, 0.9, 0.9, 0.9]), "without width"),
        (_bias(fixed=0.9, odds_ratios={"o1": {"yes": 2}}), "'o1' is no baseline covariate"),
        (_bias(fixed=0.9, odds_ratios={"ethnicity": {"blakc": 2}}), "column 'ethnicity' has no level 'blakc'"),
        (_bias(fixed=0.9, odds_ratios={"is_single": {"true": 2}}), "column 'is_single' has no level 'true'"),
        (
            {**SENSITIVITY, "linkage": {"plan": "simple_bias_analysis", "sensitivity": {"beta": [9, 1]}}},
            "takes fixed probabilities",
        ),
        (
            {
                **SENSITIVITY,
                "outcome": "o4",
                "population": "in_custody_at_t2",
                "family": "cox",
                "linkage": {"plan": "simple_bias_analysis", "sensitivity": {"fixed": 0.9}},
            },
            "corrects crude odds ratios",
        ),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(tmp_path: Path, entry: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        _load(tmp_path, entry)


IMPUTED = {"plan": "imputed", "m": 7, "seed": 1}


def test_a_model_leaves_incomplete_dyads_out_unless_it_says_otherwise(tmp_path: Path) -> None:
    plain, told = _load(tmp_path, ENTRY, {**ENTRY, "name": "n", "missing": "complete_case"})
    assert plain.missing.plan == told.missing.plan == "complete_case"


def test_a_missing_data_plan_is_written_out_or_named_and_may_be_primary(tmp_path: Path) -> None:
    first, second = _load(
        tmp_path, {**ENTRY, "missing": IMPUTED}, {**SENSITIVITY, "name": "n", "missing": "many"},
        missing_plans={"many": {"plan": "imputed", "seed": 2}},
    )  # fmt: skip
    assert (first.role, first.missing.model_dump()["m"]) == ("primary", 7)
    assert (second.missing.model_dump()["m"], second.missing.model_dump()["cycles"]) == ("auto", 10)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"missing": "drawn"}, "there is no missing-data plan 'drawn'"),
        ({"missing": IMPUTED, "linkage": SAMPLED}, "are not carried together"),
        ({"missing": {**IMPUTED, "m": 1}}, "m"),
        ({"missing": {**IMPUTED, "m": "many"}}, "m"),
        ({"missing": {**IMPUTED, "auxiliaries": ["o1"]}}, "'o1' is no baseline covariate"),
        ({"missing": {**IMPUTED, "auxiliaries": ["parity", "parity"]}}, "an auxiliary is listed twice"),
        ({"missing": {**IMPUTED, "auxiliaries": ["is_single"]}}, "auxiliary 'is_single' is a term of the model"),
        ({"missing": {**IMPUTED, "delta": {"parity": {"0": 1}}}}, "a delta for 'parity', which is no term"),
        ({"missing": {**IMPUTED, "delta": {"is_single": {"shift": 1}}}}, "binary term 'is_single' takes levels"),
        ({"missing": {**IMPUTED, "delta": {"is_single": {"true": 1}}}}, "column 'is_single' has no level 'true'"),
        (
            {
                "terms": [{"name": "deprivation", "kind": "linear"}],
                "missing": {**IMPUTED, "delta": {"deprivation": {"4": 1}}},
            },
            "the delta of the linear term 'deprivation' takes 'shift'",
        ),
        (
            {
                "terms": [{"name": "deprivation", "kind": "linear"}],
                "missing": {**IMPUTED, "delta": {"deprivation": {"shift": 0.5}}},
            },
            "whole steps",
        ),
        ({"role": "primary", "missing": {**IMPUTED, "delta": {"is_single": {"yes": 1}}}}, "its role is sensitivity"),
    ],
)  # fmt: skip
def test_a_missing_data_plan_that_cannot_be_meant_is_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        _load(tmp_path, {**SENSITIVITY, **change})
