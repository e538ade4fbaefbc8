"""Estimates beside planted effects."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.errors import ContractError
from dyadlink.models.fitting import fit_models
from dyadlink.models.planted import compare_with_planted
from dyadlink.models.specification import ModelSpec

EFFECTS = pl.DataFrame(
    [
        ("o1", "logistic", "deprivation", "", 0.25),
        ("o1", "logistic", "has_domestic_abuse", "yes", 9.0),
        ("o4", "cox", "diagnosis_group", "other", 0.0),
        ("o4", "logistic", "deprivation", "", 1.0),
        ("o1", "logistic", "parity", "1", 1.0),
    ],
    schema=["outcome", "family", "term", "level", "effect"],
    orient="row",
)


@pytest.fixture
def estimates(analysis: pl.DataFrame, o1_spec: ModelSpec, o4_spec: ModelSpec) -> pl.DataFrame:
    return fit_models(analysis, [o1_spec, o4_spec])


def test_matched_on_outcome_family_term_and_level(estimates: pl.DataFrame) -> None:
    compared = compare_with_planted(estimates, EFFECTS)
    assert compared.select("model", "term", "level", "planted").rows() == [
        ("o1_logistic", "deprivation", "", 0.25),
        ("o1_logistic", "has_domestic_abuse", "yes", 9.0),
        ("o4_cox", "diagnosis_group", "other", 0.0),
    ]
    assert compared["is_covered"].to_list()[1] is False
    assert compared["is_covered"].to_list()[0] is True


def test_a_model_without_estimates_covers_nothing_and_misses_nothing(estimates: pl.DataFrame) -> None:
    nothing = estimates.with_columns(pl.lit(None, pl.Float64).alias(name) for name in ("conf_low", "conf_high"))
    assert compare_with_planted(nothing, EFFECTS)["is_covered"].null_count() == 3


def test_an_effect_listed_twice_is_refused(estimates: pl.DataFrame) -> None:
    with pytest.raises(ContractError):
        compare_with_planted(estimates, pl.concat([EFFECTS, EFFECTS]))
