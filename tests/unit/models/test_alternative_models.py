"""Models under other definitions: whose dyads they use, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from analysis_table import make_analysis_table

from dyadlink.errors import ConfigError
from dyadlink.models.fitting import count_model_dyads, fit_models
from dyadlink.models.planted import compare_with_planted
from dyadlink.models.specification import ModelSpec, check_alternatives, load_models

ENTRY: dict[str, Any] = {
    "name": "m",
    "role": "sensitivity",
    "outcome": "o1",
    "population": "all",
    "family": "logistic",
    "terms": [{"name": "is_single", "kind": "binary"}],
}


def specs_of(*names: str) -> list[ModelSpec]:
    return [ModelSpec.model_validate({**ENTRY, "name": f"m_{name}", "alternative": name}) for name in names]


def test_a_model_is_fitted_to_the_dyads_of_its_alternative(analysis: pl.DataFrame) -> None:
    other = make_analysis_table(1500, seed=8)
    alternatives = pl.concat(
        [other.with_columns(alternative=pl.lit("wide")), analysis.with_columns(alternative=pl.lit("same"))]
    )
    found = fit_models(analysis, specs_of("", "same", "wide"), alternatives=alternatives)
    assert found["alternative"].to_list() == ["", "same", "wide"]
    own = found["estimate"].to_list()
    assert own[0] == own[1] != own[2]
    assert own[2] == fit_models(other, specs_of(""))["estimate"].item()


def test_an_alternative_without_dyads_says_so(analysis: pl.DataFrame) -> None:
    none = analysis.clear().with_columns(alternative=pl.lit("ward_only"))
    (row,) = fit_models(analysis, specs_of("ward_only"), alternatives=none).rows(named=True)
    assert row["estimate"] is None
    assert row["note"].startswith("not estimated: too few dyads")


def test_its_counts_and_planted_effects_stay_out(analysis: pl.DataFrame) -> None:
    table = analysis.with_columns(alternative=pl.lit("same"))
    specs = specs_of("", "same")
    assert count_model_dyads(analysis, specs)["variable"].unique().to_list() == ["m_"]
    effects = pl.DataFrame(
        {"outcome": ["o1"], "family": "logistic", "term": "is_single", "level": "yes", "effect": 0.3}
    )
    planted = compare_with_planted(fit_models(analysis, specs, alternatives=table), effects)
    assert planted["model"].to_list() == ["m_"]


def test_without_the_table_it_is_refused(analysis: pl.DataFrame) -> None:
    with pytest.raises(ConfigError, match="whose dyads are not at hand"):
        fit_models(analysis, specs_of("wide"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"role": "primary"}, "under an alternative its role is sensitivity"),
        ({"linkage": {"plan": "sampled_links", "m": 5, "seed": 1}}, "are not carried together"),
    ],
)
def test_what_an_alternative_cannot_go_with(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": [{**ENTRY, "alternative": "wide", **change}]}))
    with pytest.raises(ConfigError, match=words):
        load_models(path)


def test_an_unknown_alternative_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError) as caught:
        check_alternatives(specs_of("wide", "wyde"), ["wide", "strict"], "models.yaml")
    assert "there is no alternative 'wyde'" in str(caught.value)
    assert "strict, wide" in str(caught.value)


def test_a_list_of_terms_may_name_a_term_set(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    row = {**ENTRY, "terms": ["few", {"name": "parity", "kind": "categorical", "reference": "0"}]}
    path.write_text(yaml.safe_dump({"term_sets": {"few": ENTRY["terms"]}, "models": [row]}))
    (spec,) = load_models(path)
    assert [term.name for term in spec.terms] == ["is_single", "parity"]
    path.write_text(yaml.safe_dump({"models": [row]}))
    with pytest.raises(ConfigError, match="there is no term set 'few'"):
        load_models(path)
