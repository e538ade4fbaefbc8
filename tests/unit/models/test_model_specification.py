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
