"""Which models are tested, strata of Cox models, and what is released of the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from dyadlink.disclosure.profiles import get_profile
from dyadlink.disclosure.proportional_hazards import protect_proportional_hazards
from dyadlink.errors import ConfigError
from dyadlink.models.fitting import fit_models
from dyadlink.models.proportional_hazards import check_proportional_hazards
from dyadlink.models.specification import ModelSpec, load_models

FIGURES = ("statistic", "df", "p_value")
ROW: dict[str, Any] = {
    "name": "o4_by_country",
    "role": "sensitivity",
    "outcome": "o4",
    "population": "in_custody_at_t2",
    "family": "cox",
    "terms": [{"name": "deprivation", "kind": "linear"}],
    "strata": ["country"],
}


def _load(tmp_path: Path, **changes: Any) -> ModelSpec:
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": [ROW | changes]}))
    (spec,) = load_models(path)
    return spec


def test_cox_models_alone_are_tested(analysis: pl.DataFrame, o1_spec: ModelSpec, o4_spec: ModelSpec) -> None:
    fine_gray = o4_spec.model_copy(update={"name": "fg", "family": "fine_gray"})
    tests = check_proportional_hazards(analysis, [o1_spec, o4_spec, fine_gray])
    assert tests.select("model", "term", "df").rows() == [
        ("o4_cox", "deprivation", 1),
        ("o4_cox", "has_domestic_abuse", 1),
        ("o4_cox", "diagnosis_group", 4),
        ("o4_cox", "global", 6),
    ]
    complete = analysis.filter(pl.col("o4_at_risk")).drop_nulls(
        ["deprivation", "has_domestic_abuse", "diagnosis_group"]
    )
    is_lost = complete["o4_event"] == "custody_loss"
    fewest = [
        complete.group_by(term, is_lost=is_lost).len()["len"].min()
        for term in ("has_domestic_abuse", "diagnosis_group")
    ]
    assert tests["n_smallest"].to_list() == [None, *fewest, None]


def test_a_hazard_ratio_that_changes_is_found(analysis: pl.DataFrame, tmp_path: Path) -> None:
    """Early events go to the deprived, late ones to the others."""
    spec = _load(tmp_path, strata=[])
    is_early = pl.col("o4_days") < pl.col("o4_days").filter(o4_event="custody_loss").median()
    is_deprived = pl.col("deprivation") > 3
    moved = pl.when((pl.col("o4_event") == "custody_loss") & (is_early ^ is_deprived)).then(pl.lit("censored"))
    turned = analysis.with_columns(o4_event=moved.otherwise("o4_event"))
    before, after = (check_proportional_hazards(frame, [spec])["p_value"][0] for frame in (analysis, turned))
    assert before > 1e-3
    assert after < 1e-10


def test_a_model_without_estimates_has_rows_without_figures(analysis: pl.DataFrame, o4_spec: ModelSpec) -> None:
    nobody = analysis.with_columns(has_domestic_abuse=pl.lit(value=False))
    tests = check_proportional_hazards(nobody, [o4_spec])
    assert tests.height == 4
    assert tests.select(pl.col(FIGURES).is_null().all()).row(0) == (True,) * 3
    released = protect_proportional_hazards(tests, get_profile("strict"))
    assert not (released["status"] == "shown").any()


def _tests(**changes: Any) -> pl.DataFrame:
    row = {
        "model": "m", "outcome": "o4", "population": "in_custody_at_t2", "term": "is_single", "statistic": 4.46365759,
        "df": 1, "p_value": 0.034622, "n": 1000, "n_events": 200, "n_smallest": 10, "n_parameters": 4,
    }  # fmt: skip
    return pl.DataFrame([row | changes], infer_schema_length=None)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "shown"),
        ({"n_smallest": 9}, "suppressed_primary"),
        ({"n_smallest": None}, "shown"),
        ({"n_events": 10}, "shown"),
        ({"n_events": 9}, "suppressed_primary"),
        ({"n_events": 991}, "suppressed_primary"),
        ({"n": 213}, "shown"),
        ({"statistic": None, "df": None, "p_value": None}, "not_estimable"),
    ],
)
def test_the_boundaries_of_the_release(changes: dict[str, Any], status: str) -> None:
    tests = _tests(**changes).cast({"n_smallest": pl.Int64, "df": pl.Int64, "statistic": pl.Float64})
    row = protect_proportional_hazards(tests.cast({"p_value": pl.Float64}), get_profile("strict")).row(0, named=True)
    assert row["status"] == status
    shown = (4.46, 1, 0.035) if status == "shown" else (None,) * 3
    assert tuple(row[name] for name in FIGURES) == shown
    assert not {"n", "n_events", "n_smallest", "n_parameters"} & row.keys()


def test_strata_are_columns_of_a_row(tmp_path: Path, analysis: pl.DataFrame) -> None:
    spec = _load(tmp_path)
    plain = spec.model_copy(update={"name": "plain", "strata": ()})
    estimates = fit_models(analysis, [spec, plain])
    assert estimates["strata"].to_list() == ["country", ""]
    assert estimates["estimate"].null_count() == 0
    assert np.ptp(estimates["estimate"].to_numpy()) > 0


def test_a_stratum_that_is_not_known_is_a_missing_covariate(tmp_path: Path, analysis: pl.DataFrame) -> None:
    unknown = analysis.with_columns(ethnicity=pl.when(pl.int_range(pl.len()) % 2 == 0).then("ethnicity"))
    spec = _load(tmp_path, strata=["ethnicity", "country"])
    at_risk = unknown.filter(pl.col("o4_at_risk"))
    (row,) = fit_models(unknown, [spec]).rows(named=True)
    assert row["n"] == at_risk.drop_nulls(["deprivation", "ethnicity", "country"]).height < at_risk.height
    assert row["strata"] == "ethnicity and country"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"family": "fine_gray"}, "strata are for the family cox alone"),
        ({"strata": ["deprivation"]}, "'deprivation' is listed twice, as stratum or term"),
        ({"strata": ["maternal_age_years"]}, "stratum 'maternal_age_years' holds no levels"),
        ({"strata": ["has_readmission"]}, "stratum 'has_readmission' is no baseline covariate"),
        ({"strata": ["contry"]}, "stratum 'contry' is not a column"),
    ],
)
def test_strata_that_cannot_be_meant_are_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        _load(tmp_path, **changes)
