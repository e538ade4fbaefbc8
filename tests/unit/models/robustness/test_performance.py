"""Measures of discrimination and calibration, and the bootstrap around them; known answers: tests/known_answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from dyadlink.models.performance import (
    MEASURES,
    bootstrap_measures,
    draw_mothers,
    measure,
    measure_performance,
)
from dyadlink.models.refits.logistic import LogisticRefit
from dyadlink.models.refits.measures import c_statistic, calibration_slope, harrells_c
from dyadlink.models.refits.models import FittedModel, fit_model


def test_the_c_statistic_counts_pairs_and_halves_of_ties() -> None:
    scores, event = np.array([0.0, 1, 1, 2, 3]), np.array([False, False, True, True, False])
    weights = np.array([1.0, 2, 1, 3, 0])
    n_right = sum(
        weights[i] * weights[j] * ((scores[i] > scores[j]) + (scores[i] == scores[j]) / 2)
        for i in np.flatnonzero(event)
        for j in np.flatnonzero(~event)
    )
    assert c_statistic(scores, event, weights) == pytest.approx(n_right / (4 * 3))


def test_weights_are_dyads_written_out(cox: FittedModel, logistic: FittedModel) -> None:
    for model, has_time in ((cox, True), (logistic, False)):
        design = model.design
        times = np.bincount(np.random.default_rng(1).integers(len(design.event), size=300), minlength=len(design.event))
        rows = np.repeat(np.arange(len(times)), times)
        scores = design.matrix @ model.fit.coefficients
        if has_time:
            out = replace(design, event=design.event[rows], days=design.days[rows], strata=None)
            assert harrells_c(design, scores, times) == pytest.approx(harrells_c(out, scores[rows], np.ones(300)))
            continue
        event = design.event.astype(float)
        assert c_statistic(scores, design.event, times) == pytest.approx(
            c_statistic(scores[rows], design.event[rows], np.ones(300))
        )
        assert calibration_slope(scores, event, times) == pytest.approx(
            calibration_slope(scores[rows], event[rows], np.ones(300)), abs=1e-8
        )


def test_scores_that_are_twice_too_spread_have_a_slope_of_one_half() -> None:
    rng = np.random.default_rng(4)
    truth = rng.normal(-1, 1, 200_000)
    event = (rng.random(200_000) < 1 / (1 + np.exp(-truth))).astype(float)
    slope, level = calibration_slope(2 * truth, event, np.ones(200_000))
    assert slope == pytest.approx(0.5, abs=0.01)
    assert calibration_slope(truth - 0.7, event, np.ones(200_000))[1] == pytest.approx(0.7, abs=0.02)
    assert level != pytest.approx(0, abs=0.1)


def test_on_its_own_dyads_a_model_is_calibrated_as_its_equations_say(logistic: FittedModel, cox: FittedModel) -> None:
    for model in (logistic, cox):
        assert model.refit is not None and model.peak is not None
        everyone = np.ones(len(model.design.event))
        told = measure(model.refit, model.peak.coefficients, everyone, is_own=True)
        found = measure(model.refit, model.peak.coefficients, everyone, is_own=False)
        assert told == pytest.approx(found, abs=1e-8, nan_ok=True)


def test_mothers_are_drawn_and_not_dyads(logistic: FittedModel) -> None:
    times = draw_mothers(400, 50, seed=2)
    assert times.shape == (50, 400)
    assert (times.sum(axis=1) == 400).all()
    assert (draw_mothers(400, 50, seed=2) == times).all()
    assert (draw_mothers(400, 50, seed=3) != times).any()
    # One resample that holds each mother once is the study itself, however many infants she has.
    assert logistic.refit is not None and logistic.peak is not None
    n_mothers = len(np.unique(logistic.design.clusters))
    assert n_mothers < len(logistic.design.clusters)
    there, here = bootstrap_measures(
        logistic.refit, np.ones((1, n_mothers), dtype=np.int64), logistic.peak.coefficients
    )
    assert there == pytest.approx(here, abs=1e-8)


def test_optimism_of_terms_that_tell_nothing_takes_the_c_statistic_back_to_a_coin(
    study: pl.DataFrame, logistic: FittedModel
) -> None:
    shuffled = study.with_columns(o1=pl.col("o1").shuffle(seed=1), csc_level_episode=pl.lit("none"))
    rows = measure_performance([fit_model(shuffled, logistic.spec)])
    c = rows.row(by_predicate=pl.col("measure") == "c_statistic", named=True)
    assert c["apparent"] > 0.52
    assert c["corrected"] == pytest.approx(0.5, abs=0.03)
    slope = rows.row(by_predicate=pl.col("measure") == "calibration_slope", named=True)
    assert slope["apparent"] == 1
    assert slope["corrected"] < 0.6


def test_corrected_is_apparent_less_optimism_and_only_spread_has_an_interval(
    logistic: FittedModel, cox: FittedModel
) -> None:
    rows = measure_performance([logistic, cox], resamples=30)
    assert rows["measure"].to_list() == [*MEASURES, *MEASURES[:2]]
    assert (rows["apparent"] - rows["optimism"] - rows["corrected"]).abs().max() < 1e-12
    has_interval = rows.filter(pl.col("conf_low").is_not_null())
    assert has_interval["measure"].unique().to_list() == ["c_statistic"]
    assert has_interval.select((pl.col("conf_low") < pl.col("conf_high")).all()).item()
    assert measure_performance([logistic, cox], resamples=30).equals(rows)


def test_firths_model_is_resampled_by_firths_penalty(logistic: FittedModel, study: pl.DataFrame) -> None:
    few = study.head(220)
    model = fit_model(few, logistic.spec)
    assert isinstance(model.refit, LogisticRefit) and model.refit.is_firth
    rows = measure_performance([model], resamples=30)
    assert rows["apparent"].null_count() == 0
    assert rows.row(by_predicate=pl.col("measure") == "calibration_in_the_large", named=True)[
        "apparent"
    ] == pytest.approx(0, abs=1e-9)


def test_a_model_without_estimates_or_with_too_few_resamples_has_no_figure(
    study: pl.DataFrame, cox: FittedModel
) -> None:
    none = fit_model(study.head(30), cox.spec)
    rows = measure_performance([none])
    assert none.fit.problem
    assert rows["apparent"].null_count() == 2
    assert rows["note"].to_list() == [none.fit.problem] * 2
    # A level with two events: a third of the resamples draw at most none of them.
    is_rare = pl.col("diagnosis_group") == "bipolar"
    events = study.filter(is_rare & (pl.col("o4_event") == "custody_loss"))["dyad_id"].to_list()
    thin = study.filter(~pl.col("dyad_id").is_in(events[2:]))
    rows = measure_performance([fit_model(thin, cox.spec)])
    assert rows["note"].to_list() == ["too many resamples have no estimate"] * 2
    assert rows["corrected"].null_count() == 2
