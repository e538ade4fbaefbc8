"""The studies that the models are judged on hold what they claim: otherwise their coverage would say nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from coverage_of_families import find_near, fit_study, summarise
from family_worlds import (
    YEAR,
    make_curves_study,
    make_study,
    siblings,
    singles,
    subdistribution_times,
    true_incidence,
)

from dyadlink.models.cumulative_incidence import aalen_johansen


def test_siblings_share_their_mother_and_are_alike() -> None:
    mothers = siblings(2000)
    assert np.bincount(np.bincount(mothers)).tolist() == [0, 0, 1000, 1000]
    study = make_study(1, mothers)
    assert study.group_by("mother_number").agg(pl.col("deprivation").n_unique())["deprivation"].max() == 1
    first, second = (
        study.group_by("mother_number", maintain_order=True).agg(pl.col("o1").get(i))["o1"] for i in (0, 1)
    )
    alike, apart = (first == second).mean(), (first == second.shuffle(seed=1)).mean()
    assert alike > apart + 0.15
    alone = make_study(1, singles(2000))
    assert alone["mother_number"].n_unique() == 2000


@pytest.mark.parametrize("cause", ["custody_loss", "death"])
def test_the_true_incidence_is_what_happens(cause: str) -> None:
    curve = aalen_johansen(make_curves_study(1, singles(60_000)), ("custody_loss", "death")).filter(cause=cause)
    last = curve.row(-1, named=True)
    assert last["time_days"] == YEAR
    assert last["std_error"] < 0.002
    assert abs(last["estimate"] - true_incidence(cause)) < 3 * last["std_error"]


@pytest.mark.parametrize("effect", [0.0, 0.7, -0.4])
def test_subdistribution_hazards_are_proportional(effect: float) -> None:
    """The share with the event by its own day is the chance that led to it; 1 - F is a power of the reference's."""
    chance = np.linspace(1e-4, 0.9999, 2001)
    days, deaths = subdistribution_times(chance, chance[::-1], np.full(2001, effect))
    ever = np.isfinite(days)
    assert 50 < ever.sum() < 1000
    assert (np.isfinite(deaths) == ~ever).all()
    free_in_reference = 1 - 0.08 * (1 - np.exp(-days[ever] / 150))
    assert np.abs(1 - free_in_reference ** np.exp(effect) - chance[ever]).max() < 1e-12


def test_a_study_of_each_arm_has_every_figure() -> None:
    for arm in ("complete", "rare", "clustered"):
        table = summarise(pl.concat([fit_study(arm, "", 1), fit_study(arm, "", 2)]))
        assert set(table["studies"]) == {2}
        assert table["coverage"].is_between(0, 1).all()
        assert table["planted"].null_count() == 0
        assert table["bias"].abs().max() < 1.5


def test_one_model_of_a_study_alone_has_the_figures_that_it_has_among_all() -> None:
    alone = fit_study("rare", "Firth", 3)
    assert fit_study("rare", "", 3).filter(model="Firth").equals(alone)


@pytest.mark.parametrize(
    ("coverage", "is_near"),
    [(0.9350, False), (0.9349, True), (0.9282, True), (0.9281, False), (0.966, True), (0.973, False)],
)
def test_a_coverage_just_outside_the_limits_asks_for_more_studies(coverage: float, is_near: bool) -> None:
    """The standard error of a coverage over 1,000 studies is 0.69 percentage points."""
    table = pl.DataFrame({"model": ["Cox", "Cox, complete cases"], "coverage": [coverage] * 2, "studies": [1000] * 2})
    assert find_near(table) == (["Cox"] if is_near else [])
