"""Fine-Gray models with crr's ties, weights and variance, against R (tests/r/crr_mgus2.R) and by the definition.

Measured: 3e-15 on coefficients, 4e-16 on standard errors; 1e-9 leaves room for another processor.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from r_answers import design_of, distance, read_answers, read_mgus2

from dyadlink.models.design import Design, Floats
from dyadlink.models.fine_gray import fit_fine_gray

TOLERANCE = 1e-9
COLUMNS = ["age", "is_male", "mspike"]


def _mgus2(cause: str, cluster: str) -> Design:
    frame = read_mgus2().with_columns(
        event=pl.col("state") == cause, competing=~pl.col("state").is_in([cause, "censored"])
    )
    return design_of(frame, COLUMNS, cluster)


@pytest.mark.parametrize("cause", ["pcm", "death"])
def test_mgus2(cause: str) -> None:
    answers = read_answers("crr_mgus2").filter(cause=cause)
    fit = fit_fine_gray(_mgus2(cause, "patient"), "crr")
    assert fit.problem == ""
    assert answers.height == len(COLUMNS)
    assert distance(fit.coefficients, answers["estimate"]) < TOLERANCE
    assert distance(fit.std_errors, answers["std_error"]) < TOLERANCE


def test_frozen_answers_are_the_published_ones() -> None:
    answers = read_answers("crr_mgus2").filter(cause="pcm")
    assert distance([-0.016942528, -0.213616037, 0.888464126], answers["estimate"]) < 1e-8
    assert distance([0.0058297904, 0.185201472, 0.1552312973], answers["std_error"]) < 1e-9


def test_it_is_not_the_variance_of_finegray() -> None:
    design = _mgus2("pcm", "patient")
    crr, finegray = fit_fine_gray(design, "crr"), fit_fine_gray(design)
    assert np.abs(crr.coefficients - finegray.coefficients).max() > 1e-5
    assert np.abs(crr.std_errors - finegray.std_errors).max() > 1e-5


@pytest.mark.parametrize("cause", ["pcm", "death"])
@pytest.mark.parametrize("cluster", ["patient", "dxyr"])
def test_clustered_by_the_definition(cause: str, cluster: str) -> None:
    """Zhou et al. 2012: what each dyad adds, eta and psi of Fine & Gray 1999, summed over clusters."""
    design = _mgus2(cause, cluster)
    fit = fit_fine_gray(design, "crr")
    assert np.abs(fit.std_errors - _sandwich(design, fit.coefficients)).max() < TOLERANCE


def test_each_patient_twice_in_one_cluster_tells_nothing_new() -> None:
    once = _mgus2("pcm", "patient")
    twice = replace(
        once,
        matrix=np.vstack([once.matrix] * 2),
        **{name: np.concatenate([getattr(once, name)] * 2) for name in ("event", "days", "clusters", "competing")},
    )
    assert np.abs(fit_fine_gray(twice, "crr").std_errors - fit_fine_gray(once, "crr").std_errors).max() < TOLERANCE


def _sandwich(design: Design, coefficients: Floats) -> Floats:
    """The formulas as they stand in the papers: one weight for each dyad and day, one day after the other."""
    x, event, competing = design.matrix - design.matrix.mean(axis=0), design.event, design.competing
    assert competing is not None
    days, day = np.unique(design.days, return_inverse=True)
    number = np.arange(len(days))
    at_risk = np.array([(design.days >= t).sum() for t in days])
    censoring = np.bincount(day, ~event & ~competing, len(days)) / at_risk
    uncensored = np.concatenate([[1.0], np.cumprod(1 - censoring)[:-1]])
    is_past = day[:, None] < number
    weights = np.where(is_past, competing[:, None] * uncensored / uncensored[day][:, None], 1.0)
    risk = np.exp(x @ coefficients)
    total = risk @ weights
    mean = (weights * risk[:, None]).T @ x / total[:, None]
    n_events = np.bincount(day, event, len(days))
    hazard = n_events / total
    information = (x * (risk * (weights @ hazard))[:, None]).T @ x - (mean * n_events[:, None]).T @ mean
    eta = event[:, None] * (x - mean[day]) - risk[:, None] * (
        x * (weights @ hazard)[:, None] - weights @ (mean * hazard[:, None])
    )
    q = np.zeros((len(days), x.shape[1]))
    for u in number:
        past = weights * risk[:, None] * hazard * ((day < u)[:, None] & (number >= u))
        q[u] = past.sum(axis=1) @ x - past.sum(axis=0) @ mean
    share = q / at_risk[:, None]
    psi = (~event & ~competing)[:, None] * share[day] - (share * censoring[:, None]).cumsum(axis=0)[day]
    _, cluster = np.unique(design.clusters, return_inverse=True)
    by_cluster = np.zeros((cluster.max() + 1, x.shape[1]))
    np.add.at(by_cluster, cluster, eta + psi)
    influence = by_cluster @ np.linalg.inv(information)
    return np.asarray(np.sqrt((influence**2).sum(axis=0)))
