"""Readmission splits a dyad's time, or counts up to a landmark: who is where, and what the bias of the other way is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from analysis_table import make_analysis_table

from dyadlink.errors import ConfigError
from dyadlink.models.cox import fit_cox
from dyadlink.models.design import Parameter, build_design, count_levels, list_parameters, select_cases
from dyadlink.models.fit import Fit
from dyadlink.models.fitting import count_model_dyads, fit_models
from dyadlink.models.proportional_hazards import check_proportional_hazards
from dyadlink.models.readmission import READMISSION, split_at_readmission
from dyadlink.models.specification import ModelSpec, load_models

TERMS = [{"name": "deprivation", "kind": "linear"}, {"name": "has_domestic_abuse", "kind": "binary"}]
COX = {"name": "o4_cox", "role": "sensitivity", "outcome": "o4", "population": "in_custody_at_t2", "family": "cox"}


def _load(tmp_path: Path, **entry: Any) -> ModelSpec:
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": [{**COX, "terms": TERMS, **entry}]}))
    return load_models(path)[0]


def _case(days: int, readmission_days: int | None, event: str = "event") -> dict[str, Any]:
    return {
        "days": float(days),
        "readmission_days": readmission_days,
        "event": event == "event",
        "competing": event == "competing",
    }


def _split(*cases: dict[str, Any]) -> list[tuple[Any, ...]]:
    schema = {"days": pl.Float64, "readmission_days": pl.Int64, "event": pl.Boolean, "competing": pl.Boolean}
    columns = ("entry", "days", READMISSION, "event", "competing", "is_last")
    return split_at_readmission(pl.DataFrame(cases, schema=schema)).select(columns).rows()


def test_time_is_split_on_the_day() -> None:
    assert _split(_case(100, 30), _case(50, 49, "competing")) == [
        (0, 30, False, False, False, False),
        (30, 100, True, True, False, True),
        (0, 49, False, False, False, False),
        (49, 50, True, False, True, True),
    ]


@pytest.mark.parametrize("readmission_days", [None, 100, 101])
def test_a_readmission_that_does_not_precede_the_event_splits_nothing(readmission_days: int | None) -> None:
    assert _split(_case(100, readmission_days)) == [(0, 100, False, True, False, True)]


def test_no_cases_no_rows() -> None:
    assert _split() == []


def test_dyads_are_counted_not_rows(tmp_path: Path) -> None:
    analysis = make_analysis_table(3_000, 1)
    fixed, varying = _load(tmp_path), _load(tmp_path, time_varying=["readmission"])
    estimates = fit_models(analysis, [fixed, varying.model_copy(update={"name": "varying"})])
    plain, split = (estimates.filter(model=name) for name in ("o4_cox", "varying"))
    counts = [*("n", "n_events", "n_level", "n_events_level", "n_reference", "n_events_reference")]
    assert split.filter(pl.col("term") != READMISSION).select(counts).rows() == plain.select(counts).rows()
    row = split.filter(term=READMISSION).row(0, named=True)
    assert (row["level"], row["reference"], row["time_varying"]) == ("yes", "no", "readmission")
    assert row["n_level"] + row["n_reference"] == row["n"]
    assert row["n_events_level"] + row["n_events_reference"] == row["n_events"]
    at_risk = analysis.filter("o4_at_risk").drop_nulls("deprivation")
    before = at_risk.filter(pl.col("readmission_days") < pl.col("o4_days"))
    assert row["n_level"] == before.height
    assert row["n_events_level"] == before.filter(o4_event="custody_loss").height


def test_a_landmark_takes_those_still_at_risk(tmp_path: Path) -> None:
    analysis = make_analysis_table(3_000, 1)
    spec = _load(tmp_path, landmark_days=90)
    cases = select_cases(analysis, spec)
    still = analysis.filter(pl.col("o4_days") > 90)
    assert cases.n_population == still.height
    assert cases.frame["days"].to_list() == (still.drop_nulls("deprivation")["o4_days"] - 90).to_list()
    by_then = still.drop_nulls("deprivation")["readmission_days"].fill_null(999) <= 90
    assert cases.frame[READMISSION].to_list() == by_then.to_list()
    design = build_design(cases.frame, list_parameters(analysis, spec.all_terms), "mother_number")
    assert count_levels(design, 2)[0] == by_then.sum()  # type: ignore[index]


@pytest.mark.parametrize(
    ("entry", "lasted"),
    [
        ({"outcome": "o2", "population": "observed_at_t3", "family": "logistic"}, "follow_up_days"),
        ({"family": "logistic"}, "o4_days"),
        ({"family": "fine_gray"}, "o4_days"),
    ],
)
def test_a_landmark_for_each_family(tmp_path: Path, entry: dict[str, Any], lasted: str) -> None:
    analysis = make_analysis_table(3_000, 1)
    spec = _load(tmp_path, **entry, landmark_days=90)
    cases = select_cases(analysis, spec)
    known = cases.frame[spec.outcome].is_not_null() if spec.family == "logistic" else pl.Series([True])
    assert (cases.frame[lasted] > 90).all()
    assert known.all()
    row = fit_models(analysis, [spec]).filter(term=READMISSION).row(0, named=True)
    assert row["landmark_days"] == 90
    # Drawn without regard to any outcome.
    assert row["conf_low"] < 0 < row["conf_high"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"time_varying": ["readmission"], "family": "fine_gray"}, "no sound meaning"),
        ({"time_varying": ["readmission"], "family": "logistic"}, "for the family cox alone; use landmark_days"),
        ({"time_varying": ["readmission"], "landmark_days": 90}, "not both: two rows"),
        ({"time_varying": ["parity"]}, "time_varying"),
        ({"landmark_days": 0}, "landmark_days"),
        ({"landmark_days": 90, "outcome": "o1", "population": "all", "family": "logistic"}, "settled by T2"),
        ({"landmark_days": 90, "linkage": {"plan": "sampled_links", "m": 2, "seed": 1}}, "no plan"),
        ({"landmark_days": 90, "missing": {"plan": "imputed", "seed": 1}}, "no plan"),
        ({"terms": [{"name": "has_readmission", "kind": "binary"}]}, "'has_readmission' is no baseline covariate"),
        ({"terms": [{"name": "readmission", "kind": "binary"}]}, "not a column of the analysis table"),
    ],
)
def test_a_row_without_meaning_is_refused(tmp_path: Path, entry: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        _load(tmp_path, **entry)


def test_its_dyads_are_not_counted_again(tmp_path: Path) -> None:
    analysis = make_analysis_table(1_000, 1)
    specs = [_load(tmp_path, time_varying=["readmission"]), _load(tmp_path, landmark_days=90)]
    assert count_model_dyads(analysis, specs).is_empty()


def test_proportional_hazards_of_split_time(tmp_path: Path) -> None:
    analysis = make_analysis_table(3_000, 1)
    tests = check_proportional_hazards(analysis, [_load(tmp_path, time_varying=["readmission"])])
    assert tests["term"].to_list() == ["deprivation", "has_domestic_abuse", READMISSION, "global"]
    assert tests["n"].unique().to_list() == [analysis.filter("o4_at_risk").drop_nulls("deprivation").height]
    assert tests["p_value"].min() > 0.001  # type: ignore[operator]


def _simulated(rng: np.random.Generator, n: int) -> pl.DataFrame:
    """Readmission without any effect: its day is drawn alone, and seen where it precedes the event."""
    event_day, readmission_day = np.ceil(rng.exponential(400, n)), np.ceil(rng.exponential(300, n))
    days = np.minimum(event_day, 365)
    seen = readmission_day < days
    return pl.DataFrame(
        {
            "cluster": np.arange(n),
            "days": days,
            "event": event_day <= 365,
            "competing": np.zeros(n, dtype=bool),
            "readmission_days": pl.Series(readmission_day.astype(int)).zip_with(pl.Series(seen), pl.Series([None] * n)),
        }
    )


def _fitted(frame: pl.DataFrame) -> Fit:
    return fit_cox(build_design(frame, (Parameter(READMISSION, "binary", "yes", "no"),), "cluster"))


def test_fixed_readmission_is_biased_and_split_time_is_not() -> None:
    """Twenty studies in which readmission does nothing. As if known at T2 it seems to halve the rate, or better."""
    rng = np.random.default_rng(11)
    split, fixed = [], []
    for _ in range(20):
        cases = _simulated(rng, 1_500)
        split.append(_fitted(split_at_readmission(cases)))
        known = cases.with_columns(pl.col("readmission_days").is_not_null().alias(READMISSION))
        fixed.append(_fitted(known))
    errors = [fit.coefficients[0] / fit.std_errors[0] for fit in split]
    # The mean of twenty has a standard error of .22; more than three of twenty intervals miss once in sixty times.
    assert abs(np.mean(errors)) < 0.6
    assert sum(abs(error) > 1.96 for error in errors) <= 3
    assert max(fit.coefficients[0] for fit in fixed) < np.log(0.6)
    assert min(-fit.coefficients[0] / fit.std_errors[0] for fit in fixed) > 5
