"""Fits that start from a near one are the fits of the models themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dyadlink.models.cox import fit_cox
from dyadlink.models.design import Design
from dyadlink.models.firth import fit_firth, flic_intercept
from dyadlink.models.logistic import fit_logistic
from dyadlink.models.refits.cox import CoxRefit
from dyadlink.models.refits.logistic import LogisticRefit
from dyadlink.models.refits.models import FittedModel, clustered_errors

CLOSE = 1e-8


def _rows(design: Design, rows: np.ndarray) -> Design:
    strata = None if design.strata is None else design.strata[rows]
    return replace(
        design,
        matrix=design.matrix[rows],
        event=design.event[rows],
        days=design.days[rows],
        clusters=design.clusters[rows],
        strata=strata,
        competing=None,
    )


def _times(n: int) -> np.ndarray:
    return np.bincount(np.random.default_rng(3).integers(n, size=n), minlength=n)


def test_a_logistic_fit_of_all_is_the_models_own(logistic: FittedModel) -> None:
    assert logistic.peak is not None and logistic.refit is not None
    everyone = np.ones(len(logistic.design.event))
    assert logistic.peak.coefficients[1:] == pytest.approx(logistic.fit.coefficients, abs=CLOSE)
    errors = clustered_errors(logistic.refit, logistic.peak, everyone)
    assert errors == pytest.approx(logistic.fit.std_errors, abs=CLOSE)


@pytest.mark.parametrize("is_stratified", [False, True])
def test_a_cox_fit_of_all_is_the_models_own(cox: FittedModel, is_stratified: bool) -> None:
    strata = np.random.default_rng(2).integers(3, size=len(cox.design.event)) if is_stratified else None
    design = replace(cox.design, strata=strata)
    refit, own = CoxRefit(design), fit_cox(design)
    peak = refit.fit(np.ones(len(design.event)))
    assert peak is not None
    assert peak.coefficients == pytest.approx(own.coefficients, abs=CLOSE)
    assert clustered_errors(refit, peak, np.ones(len(design.event))) == pytest.approx(own.std_errors, abs=CLOSE)


@pytest.mark.parametrize("is_stratified", [False, True])
def test_a_dyad_drawn_twice_stands_there_twice(cox: FittedModel, logistic: FittedModel, is_stratified: bool) -> None:
    n = len(cox.design.event)
    strata = np.random.default_rng(2).integers(3, size=n) if is_stratified else None
    design = replace(cox.design, strata=strata)
    again = CoxRefit(design).fit(_times(n).astype(float))
    assert again is not None
    # Ties and all: Efron's tied events are those of the dyads written out.
    written_out = fit_cox(_rows(design, np.repeat(np.arange(n), _times(n))))
    assert again.coefficients == pytest.approx(written_out.coefficients, abs=CLOSE)
    n = len(logistic.design.event)
    again = LogisticRefit(logistic.design).fit(_times(n).astype(float))
    written_out = fit_logistic(_rows(logistic.design, np.repeat(np.arange(n), _times(n))))
    assert again is not None
    assert again.coefficients[1:] == pytest.approx(written_out.coefficients, abs=CLOSE)


def test_dyads_left_out_are_as_if_they_were_not_there(cox: FittedModel, logistic: FittedModel) -> None:
    for model, fit in ((cox, fit_cox), (logistic, fit_logistic)):
        assert model.refit is not None and model.peak is not None
        kept = np.arange(len(model.design.event)) % 7 > 0
        peak = model.refit.fit(kept.astype(float), model.peak.coefficients)
        own = fit(_rows(model.design, np.flatnonzero(kept)))
        assert peak is not None
        assert peak.coefficients[model.refit.n_leading :] == pytest.approx(own.coefficients, abs=CLOSE)
        errors = clustered_errors(model.refit, peak, kept.astype(float))
        assert errors == pytest.approx(own.std_errors, abs=CLOSE)


def test_firths_fit_is_the_librarys_with_flics_intercept(logistic: FittedModel) -> None:
    few = _rows(logistic.design, np.arange(150))
    peak = LogisticRefit(few, is_firth=True).fit(np.ones(150))
    own = fit_firth(few)
    assert peak is not None
    assert peak.coefficients[1:] == pytest.approx(own.coefficients, abs=1e-7)
    assert peak.coefficients[0] == pytest.approx(flic_intercept(few, own.coefficients), abs=1e-7)
    errors = clustered_errors(LogisticRefit(few, is_firth=True), peak, np.ones(150))
    assert errors == pytest.approx(own.std_errors, abs=1e-7)


def test_a_level_without_events_gives_no_fit_but_by_firths_penalty(cox: FittedModel, logistic: FittedModel) -> None:
    for model in (cox, logistic):
        assert model.refit is not None
        has_abuse = model.design.matrix[:, 1] > 0
        weights = (~(has_abuse & model.design.event)).astype(float)
        assert model.refit.fit(weights) is None
    assert LogisticRefit(logistic.design, is_firth=True).fit(weights) is not None


def test_without_events_or_without_others_there_is_no_fit(cox: FittedModel, logistic: FittedModel) -> None:
    assert CoxRefit(cox.design).fit((~cox.design.event).astype(float)) is None
    for kept in (logistic.design.event, ~logistic.design.event):
        assert LogisticRefit(logistic.design).fit(kept.astype(float)) is None
