"""Splines inside the models of the study: what is reported, tested, imputed and refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from dyadlink.errors import ConfigError
from dyadlink.models.design import build_design, list_parameters, select_cases
from dyadlink.models.fitting import fit_models
from dyadlink.models.imputation.variables import read_variables
from dyadlink.models.missing_plans import Imputed
from dyadlink.models.proportional_hazards import check_proportional_hazards, score_tests
from dyadlink.models.specification import ModelSpec, load_models

AGE = {"name": "maternal_age_years", "kind": "spline", "knots": [20, 27, 33, 40], "reference": 27}
SINGLE = {"name": "is_single", "kind": "binary"}


def model(**changes: Any) -> ModelSpec:
    entry = {"name": "m", "role": "sensitivity", "outcome": "o1", "population": "all", "family": "logistic"}
    return ModelSpec.model_validate({**entry, "terms": [AGE, SINGLE], **changes})


COX = {"outcome": "o4", "population": "in_custody_at_t2", "family": "cox"}


def test_rows_are_the_knots_against_the_reference(analysis: pl.DataFrame) -> None:
    rows = fit_models(analysis, [model()]).filter(term="maternal_age_years")
    assert rows.select("level", "reference").rows() == [("20", "27"), ("33", "27"), ("40", "27")]
    assert rows["estimate"].null_count() == 0
    assert (rows["n_level"].sum() + rows["n_reference"][0]) == rows["n"][0]


@pytest.mark.parametrize("change", [{}, COX, {**COX, "family": "fine_gray"}, {"family": "firth"}])
def test_a_straight_line_is_found_straight(analysis: pl.DataFrame, change: dict[str, Any]) -> None:
    """Another basis of curves that hold the line: the fit moves with its reference by what it said itself."""
    first = fit_models(analysis, [model(**change)]).filter(term="maternal_age_years")
    other = fit_models(analysis, [model(**change, terms=[{**AGE, "reference": 33}, SINGLE])])
    other = other.filter(term="maternal_age_years")
    at = dict(zip(first["level"], first["estimate"], strict=True))
    moved = dict(zip(other["level"], other["estimate"], strict=True))
    assert moved["27"] == pytest.approx(-at["33"], abs=1e-6)
    assert moved["40"] == pytest.approx(at["40"] - at["33"], abs=1e-6)


def test_proportional_hazards_of_a_spline_are_tested_along_its_curve(analysis: pl.DataFrame) -> None:
    spec = model(**COX)
    tests = check_proportional_hazards(analysis, [spec])
    assert tests.select("term", "df").rows() == [("maternal_age_years", 1), ("is_single", 1), ("global", 2)]
    cases = select_cases(analysis, spec)
    # With the curve put in as a number the test is the same.
    design = build_design(cases.frame, list_parameters(analysis, spec.terms), "mother_number")
    coefficients = fit_models(analysis, [spec])["estimate"].to_numpy()
    curve = cases.frame.with_columns(maternal_age_years=pl.Series(design.matrix[:, :3] @ coefficients[:3]))
    straight = model(**COX, terms=[{"name": "maternal_age_years", "kind": "linear"}, SINGLE])
    along = score_tests(build_design(curve, list_parameters(curve, straight.terms), "mother_number"))
    assert tests["statistic"][0] == pytest.approx(along["maternal_age_years"][0], abs=1e-6)


def test_a_missing_number_is_imputed_before_it_is_bent(analysis: pl.DataFrame) -> None:
    terms = [{"name": "deprivation", "kind": "spline", "knots": [0, 1, 3, 4], "reference": 1}, SINGLE]
    plan = {"plan": "imputed", "m": 5, "seed": 1, "delta": {"deprivation": {"shift": 1}}}
    spec = model(terms=terms, missing=plan)
    (number, levels) = read_variables(select_cases(analysis, spec).frame, spec, Imputed.model_validate(plan))
    assert (number.levels, levels.levels) == ((), ("false", "true"))
    rows = fit_models(analysis, [spec])
    assert rows["estimate"].null_count() == 0
    assert rows["n"][0] == analysis.height
    assert (rows["fmi"] > 0).all()


def test_a_knot_that_nobody_is_near_is_named(analysis: pl.DataFrame) -> None:
    far = {**AGE, "knots": [20, 27, 33, 70]}
    rows = fit_models(analysis, [model(terms=[far, SINGLE])])
    assert rows["estimate"].is_null().all()
    assert "too few dyads at maternal_age_years = 70" in rows["note"][0]


def test_a_knot_without_events_has_a_hazard_ratio_all_the_same(analysis: pl.DataFrame) -> None:
    is_old = pl.col("maternal_age_years") >= 37
    table = analysis.with_columns(o4_event=pl.when(is_old).then(pl.lit("censored")).otherwise("o4_event"))
    rows = fit_models(table, [model(**COX)])
    knot = rows.filter(level="40").row(0, named=True)
    assert (knot["n_events_level"], np.isfinite(knot["estimate"])) == (0, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"knots": [20, 30]}, "needs three or more knots, rising"),
        ({"knots": [20, 30, 30]}, "needs three or more knots, rising"),
        ({"knots": [30, 20, 40]}, "needs three or more knots, rising"),
        ({"reference": "28"}, "the reference of spline 'maternal_age_years' is one of its knots"),
        ({"reference": ""}, "the reference of spline 'maternal_age_years' is one of its knots"),
        ({"kind": "linear", "reference": ""}, "linear term 'maternal_age_years' has no knots to set"),
        ({"name": "ethnicity"}, "term 'ethnicity' cannot be spline"),
    ],
)
def test_a_wrong_spline_is_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    entry = {"name": "m", "role": "sensitivity", "outcome": "o1", "population": "all", "family": "logistic"}
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": [{**entry, "terms": [{**AGE, **change}]}]}))
    with pytest.raises(ConfigError) as caught:
        load_models(path)
    assert words in str(caught.value)
