"""Bootstrap optimism against R on the very same resamples (tests/r/performance_mgus2.R).

Measured: 3e-13 on every figure; Cox models have no calibration in the large.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from r_answers import design_of, distance, read_answers, read_mgus2

from dyadlink.models.design import Design
from dyadlink.models.performance import MEASURES, bootstrap_measures, measure
from dyadlink.models.refits.cox import CoxRefit
from dyadlink.models.refits.logistic import LogisticRefit

TOLERANCE = 1e-9


@pytest.fixture
def times() -> np.ndarray:
    """How often each cluster is in each resample, of the clusters that R drew."""
    return np.array([np.bincount(drawn, minlength=200) for drawn in read_answers("performance_resamples").rows()])


def _design(columns: list[str]) -> Design:
    complete = read_mgus2().drop_nulls(["mspike", "hgb"]).head(400).with_row_index("row")
    frame = complete.with_columns(event=pl.col("death") == 1, days=pl.col("futime"), cluster=pl.col("row") // 2)
    return design_of(frame, columns, "cluster")


def _assert_equal(refit: LogisticRefit | CoxRefit, model: str, times: np.ndarray) -> None:
    answers = read_answers("performance_mgus2").filter(model=model)
    everyone = np.ones(len(refit.design.event))
    peak = refit.fit(everyone)
    assert peak is not None
    there, here = bootstrap_measures(refit, times, peak.coefficients)
    apparent = np.array(measure(refit, peak.coefficients, everyone, is_own=True))
    n = 2 if isinstance(refit, CoxRefit) else 3
    answers = answers.filter(pl.col("measure").is_in(MEASURES[:n])).cast(
        dict.fromkeys(("apparent", "optimism", "corrected", "conf_low", "conf_high"), pl.Float64)
    )
    optimism = (there - here).mean(axis=0)
    assert distance(apparent[:n], answers["apparent"]) < TOLERANCE
    assert distance(optimism[:n], answers["optimism"]) < TOLERANCE
    assert distance((apparent - optimism)[:n], answers["corrected"]) < TOLERANCE
    low, high = np.quantile(there[:, 0], (0.025, 0.975))
    assert distance([low, high], pl.Series([answers["conf_low"][0], answers["conf_high"][0]])) < TOLERANCE


def test_logistic(times: np.ndarray) -> None:
    _assert_equal(LogisticRefit(_design(["age", "is_male", "mspike"])), "logistic", times)


def test_cox(times: np.ndarray) -> None:
    _assert_equal(CoxRefit(_design(["age", "is_male", "mspike"])), "cox", times)


def test_stratified_cox(times: np.ndarray) -> None:
    design = _design(["age", "mspike", "is_male"])
    strata = design.matrix[:, 2].astype(np.int64)
    by_sex = replace(design, matrix=design.matrix[:, :2], parameters=design.parameters[:2], strata=strata)
    _assert_equal(CoxRefit(by_sex), "stratified", times)
