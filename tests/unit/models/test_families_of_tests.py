"""p-values adjusted for the number of tests that belong together."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import yaml
from statsmodels.stats.multitest import multipletests

from dyadlink.disclosure.estimates import protect_estimates
from dyadlink.disclosure.profiles import get_profile
from dyadlink.models.families_of_tests import Multiplicity
from dyadlink.models.fitting import fit_models
from dyadlink.models.specification import ModelSpec, load_multiplicity
from dyadlink.multiplicity import adjust

BH1995 = json.loads((Path(__file__).parents[2] / "known_answers/multiplicity.json").read_text())


def test_the_published_example() -> None:
    """Fifteen p-values of Benjamini & Hochberg 1995, section 3: Bonferroni and Holm reject three, theirs four."""
    p_values = BH1995["p"]
    holm, bh = (adjust(p_values, method) for method in ("holm", "benjamini_hochberg"))
    assert holm[:4] == pytest.approx(BH1995["holm_adjusted_first"], abs=1e-12)
    assert bh[:5] == pytest.approx(BH1995["bh_adjusted_first"], abs=1e-12)
    rejected = [sum(p <= 0.05 for p in adjusted if p is not None) for adjusted in (holm, bh)]
    assert rejected == [BH1995["rejected"]["holm"], BH1995["rejected"]["benjamini_hochberg"]]
    assert sum(15 * p <= 0.05 for p in p_values) == BH1995["rejected"]["bonferroni"]


@pytest.mark.parametrize(("method", "theirs"), [("holm", "holm"), ("benjamini_hochberg", "fdr_bh")])
def test_any_order_and_ties_as_statsmodels_has_them(method: str, theirs: str) -> None:
    p_values = [0.03, 0.001, 0.2, 0.03, 0.9, 0.0004, 0.04, 1.0]
    assert adjust(p_values, method) == pytest.approx(list(multipletests(p_values, method=theirs)[1]), abs=1e-15)


@pytest.mark.parametrize("method", ["holm", "benjamini_hochberg"])
def test_an_unknown_p_value_counts_and_is_taken_for_the_largest(method: str) -> None:
    known = adjust([0.01, 0.02, 1.0], method)
    assert adjust([0.01, 0.02, None], method) == [*known[:2], None]
    assert adjust([], method) == []


def test_none_leaves_them() -> None:
    assert adjust([0.5, None, 0.01], "none") == [0.5, None, 0.01]


def _estimates(analysis: pl.DataFrame, specs: list[ModelSpec], **settings: str) -> pl.DataFrame:
    return fit_models(analysis, specs, multiplicity=Multiplicity.model_validate(settings))


def test_families_go_by_role_and_outcome(analysis: pl.DataFrame, o1_spec: ModelSpec, o4_spec: ModelSpec) -> None:
    second = o4_spec.model_copy(update={"name": "b", "role": "secondary"})
    also = o4_spec.model_copy(update={"name": "c", "role": "sensitivity"})
    beside = o1_spec.model_copy(update={"name": "d", "adjustments": ("unadjusted",)})
    estimates = _estimates(analysis, [o1_spec, o4_spec, second, also, beside])
    told = estimates.select("model", "p_adjustment", "p_family").unique(maintain_order=True).rows()
    assert told == [
        ("o1_logistic", "holm", "primary o1"),
        ("o4_cox", "holm", "primary o4"),
        ("b", "benjamini_hochberg", "secondary o4"),
        ("c", "none", ""),
        ("d", "none", ""),
    ]
    first = estimates.filter(model="o1_logistic")
    assert first["p_adjusted"].to_list() == pytest.approx(adjust(first["p_value"].to_list(), "holm"))
    assert estimates.filter(p_adjustment="none")["p_adjusted"].null_count() == 12
    together = _estimates(analysis, [o1_spec, o4_spec], family="role", primary="benjamini_hochberg")
    assert together["p_family"].unique().to_list() == ["primary"]
    assert together["p_adjusted"].to_list() == pytest.approx(
        adjust(together["p_value"].to_list(), "benjamini_hochberg")
    )


def test_a_model_without_estimates_counts_its_tests(analysis: pl.DataFrame, o1_spec: ModelSpec) -> None:
    """How many tests were planned does not depend on what was found."""
    broken = o1_spec.model_copy(update={"name": "broken", "rare": "maximum_likelihood"})
    at_other = (pl.col("diagnosis_group") == "other").fill_null(False)
    separated = analysis.with_columns(o1=pl.col("o1") & ~at_other)
    both = _estimates(separated, [o1_spec, broken])
    alone = _estimates(separated, [o1_spec])
    assert both.filter(model="broken")["p_adjusted"].null_count() == 6
    ours = both.filter(model="o1_logistic")
    assert ours["p_adjusted"].to_list() == pytest.approx(adjust([*alone["p_value"], *[None] * 6], "holm")[:6])


def test_the_file_of_models_says_how(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    row = {
        "name": "m", "role": "primary", "outcome": "o1", "population": "all", "family": "logistic",
        "terms": [{"name": "is_single", "kind": "binary"}],
    }  # fmt: skip
    path.write_text(yaml.safe_dump({"models": [row], "multiplicity": {"primary": "none", "family": "role"}}))
    assert load_multiplicity(path) == Multiplicity(primary="none", family="role")
    path.write_text(yaml.safe_dump({"models": [row]}))
    assert load_multiplicity(path) == Multiplicity()


@pytest.mark.parametrize("method", ["holm", "benjamini_hochberg"])
def test_no_released_p_value_tells_of_a_hidden_one(analysis: pl.DataFrame, o1_spec: ModelSpec, method: str) -> None:
    """Whatever the hidden p-value is, the release is the same; inside, it counts."""
    estimates = _estimates(analysis, [o1_spec], primary=method)
    thin = estimates.with_columns(n_events_level=pl.when(level="bipolar").then(4).otherwise("n_events_level"))
    seen = []
    for hidden in (1e-9, 0.01, 0.5, 1.0):
        p_value = pl.when(level="bipolar").then(hidden).otherwise("p_value")
        released = protect_estimates(thin.with_columns(p_value=p_value), get_profile("strict"))
        row = released.filter(level="bipolar").row(0, named=True)
        assert (row["status"], row["p_value"], row["p_adjusted"]) == ("suppressed_primary", None, None)
        seen.append(released["p_adjusted"].to_list())
    assert seen[0] == seen[1] == seen[2] == seen[3]
    shown = thin.with_columns(p_value=pl.when(level="bipolar").then(1.0).otherwise("p_value"))
    expected = [round(p, 3) for p in adjust(shown["p_value"].to_list(), method) if p is not None]
    assert [p for p in seen[0] if p is not None] == pytest.approx(
        [p for p, level in zip(expected, shown["level"], strict=True) if level != "bipolar"], abs=1e-9
    )
