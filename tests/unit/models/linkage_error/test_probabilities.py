"""Probabilities told to a plan, and the outcome model under known error."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dyadlink.models.linkage_error.chances import draw_chance, is_at_level
from dyadlink.models.linkage_error.outcome_probabilities import RIDGE, fit_probabilities
from dyadlink.models.linkage_plans import Chance

DYADS = pl.DataFrame({"ethnicity": ["white", "black", None], "is_single": [True, False, None]})


def test_a_fixed_probability_and_its_odds_ratios() -> None:
    chance = Chance(fixed=0.8, odds_ratios={"ethnicity": {"black": 0.5}, "is_single": {"yes": 2.0, "no": 1.0}})
    drawn = draw_chance(chance, DYADS, np.random.default_rng(1))
    # Odds of 4, times 2, times one half, and as they are where nothing is recorded.
    assert drawn.tolist() == pytest.approx([8 / 9, 2 / 3, 0.8])


def test_what_was_not_told_is_certain() -> None:
    assert draw_chance(None, DYADS, np.random.default_rng(1)).tolist() == [1, 1, 1]
    certain = Chance(fixed=1.0, odds_ratios={"ethnicity": {"black": 0.5}})
    assert draw_chance(certain, DYADS, np.random.default_rng(1)).tolist() == [1, 1, 1]


def test_levels_of_a_binary_column() -> None:
    assert is_at_level(DYADS, "is_single", "yes").tolist() == [1, 0, 0]
    assert is_at_level(DYADS, "is_single", "no").tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("chance", "mean", "spread"),
    [
        # A trapezoid's mean from its corners; of a triangle it is their mean, of a rectangle the middle.
        (Chance(trapezoid=(0.6, 0.8, 0.8, 1.0)), 0.8, np.sqrt(0.4**2 / 24)),
        (Chance(trapezoid=(0.6, 0.6, 0.9, 0.9)), 0.75, np.sqrt(0.3**2 / 12)),
        (Chance(beta=(80, 20)), 0.8, np.sqrt(0.8 * 0.2 / 101)),
    ],
)
def test_a_distribution_has_its_mean_and_spread(chance: Chance, mean: float, spread: float) -> None:
    rng = np.random.default_rng(1)
    drawn = np.array([draw_chance(chance, DYADS, rng)[0] for _ in range(4000)])
    assert drawn.mean() == pytest.approx(mean, abs=4 * spread / 4000**0.5)
    assert drawn.std() == pytest.approx(spread, rel=0.05)


def test_without_error_it_is_logistic_regression() -> None:
    from statsmodels.discrete.discrete_model import Logit  # noqa: PLC0415

    rng = np.random.default_rng(1)
    matrix = np.column_stack([rng.normal(size=800), rng.random(800) < 0.3]).astype(float)
    event = rng.random(800) < 1 / (1 + np.exp(1 - matrix @ [0.8, -0.5]))
    fit = Logit(event.astype(float), np.column_stack([np.ones(800), matrix])).fit(disp=0)
    ours = fit_probabilities(matrix, event, np.ones(800))
    # The ridge is worth a hundredth of a dyad.
    assert np.abs(ours - fit.predict()).max() < 1e-4


def test_true_probabilities_come_back_from_an_outcome_recorded_with_error() -> None:
    rng = np.random.default_rng(2)
    n = 200_000
    matrix = np.column_stack([rng.normal(size=n), rng.random(n) < 0.3]).astype(float)
    true = 1 / (1 + np.exp(1 - matrix @ [0.8, -0.5]))
    sensitivity = np.where(matrix[:, 1] > 0, 0.6, 0.9)
    event = rng.random(n) < true
    recorded = np.where(event, rng.random(n) < sensitivity, rng.random(n) < 0.3)
    found = fit_probabilities(matrix, recorded, np.ones(n), sensitivity, 0.7)
    assert np.abs(found - true).max() < 0.02
    assert np.abs(fit_probabilities(matrix, recorded, np.ones(n)) - true).max() > 0.1


def test_a_dyad_that_does_not_count_tells_nothing() -> None:
    rng = np.random.default_rng(3)
    matrix, event = rng.normal(size=(400, 1)), rng.random(400) < 0.4
    weights = np.where(np.arange(400) < 300, 1.0, 0.0)
    changed = np.where(np.arange(400) < 300, event, True)
    assert np.array_equal(fit_probabilities(matrix, event, weights), fit_probabilities(matrix, changed, weights))


@pytest.mark.parametrize("seed", range(8))
def test_where_full_steps_overshoot_for_ever_the_most_likely_is_found_all_the_same(seed: int) -> None:
    """A general optimiser finds nothing more likely in small cohorts of many terms."""
    from scipy.optimize import minimize  # noqa: PLC0415
    from scipy.special import expit  # noqa: PLC0415

    rng = np.random.default_rng(seed)
    matrix = (rng.random((280, 17)) < 0.15).astype(float)
    weights = rng.poisson(1, 280).astype(float)
    recorded = rng.random(280) < np.where(matrix[:, 0] + matrix[:, 1] > 0, 0.9, 0.2)
    scaled = np.column_stack([np.ones(280), (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)])

    def likelihood(true: np.ndarray) -> float:
        told = np.clip(0.002 + 0.898 * true, 1e-9, 1 - 1e-9)
        return float(weights @ np.log(np.where(recorded, told, 1 - told)))

    found = minimize(
        lambda b: RIDGE * (b[1:] ** 2).sum() / 2 - likelihood(expit(scaled @ b)), np.zeros(18), method="BFGS"
    )
    ours = fit_probabilities(matrix, recorded, weights, sensitivity=0.9, specificity=0.998)
    assert likelihood(ours) > likelihood(expit(scaled @ found.x)) - 0.05
