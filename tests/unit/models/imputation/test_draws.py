"""The draws of chained equations, held against fits of other libraries and against arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from dyadlink.models.imputation import draws
from dyadlink.models.imputation.draws import DONORS, LevelModel, augment, draw_numbers
from dyadlink.models.imputation.variables import nelson_aalen


def predictors(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.column_stack([np.ones(n), rng.normal(size=n), rng.random(n) < 0.4])


@pytest.mark.parametrize("n_levels", [2, 3, 5])
def test_the_fit_and_its_information_are_those_of_statsmodels(n_levels: int) -> None:
    """To 1% of a standard error, and errors to 1%: the ridge and the rows that are added weigh next to nothing."""
    rng = np.random.default_rng(1)
    matrix = predictors(20_000, rng)
    effects = rng.normal(scale=0.6, size=(3, n_levels))
    codes = (matrix @ effects + rng.gumbel(size=(len(matrix), n_levels))).argmax(axis=1)
    coefficients, root = LevelModel(n_levels)._fit(matrix, codes, np.ones(len(matrix)))
    fit = sm.MNLogit(codes, matrix).fit(disp=0, tol=1e-12)
    errors = np.sqrt(np.diag(np.linalg.inv(root @ root.T))).reshape(coefficients.shape)
    assert np.abs((coefficients - fit.params.T) / fit.bse.T).max() < 0.01
    assert errors == pytest.approx(fit.bse.T, rel=0.01)


@pytest.mark.parametrize("share_changed", [0.05, 1.0])
def test_a_fit_that_goes_on_from_the_last_one_ends_where_a_new_one_does(share_changed: float) -> None:
    """Where little has changed since, and where everything has: to 1% of a standard error, errors to 0.1%."""
    rng = np.random.default_rng(10)
    matrix, other = predictors(3000, rng), predictors(3000, rng)
    codes = (matrix @ rng.normal(size=(3, 3)) + rng.gumbel(size=(3000, 3))).argmax(axis=1)
    model = LevelModel(3)
    model._fit(matrix, codes, np.ones(3000))
    is_changed = rng.random(3000) < share_changed
    changed = np.where(is_changed[:, None], other, matrix)
    again = model._fit(changed, codes, np.ones(3000))
    new = LevelModel(3)._fit(changed, codes, np.ones(3000))
    errors = [np.sqrt(np.diag(np.linalg.inv(root @ root.T))) for _, root in (again, new)]
    assert np.abs((again[0] - new[0]).ravel() / errors[1]).max() < 0.01
    assert errors[0] == pytest.approx(errors[1], rel=0.001)


def test_drawn_levels_follow_the_chances_and_a_delta_shifts_their_log_odds() -> None:
    rng = np.random.default_rng(2)
    codes = np.repeat([0, 1, 2], [5000, 3000, 2000])
    matrix, unseen = np.ones((10_000, 1)), np.ones((200_000, 1))
    delta = np.array([0.0, 0.0, np.log(2)])
    plain, shifted = (LevelModel(3).draw(matrix, codes, unseen, d, rng) for d in (np.zeros(3), delta))
    # Four standard errors of a share drawn with the uncertainty of 10,000 rows.
    assert np.bincount(plain) / 200_000 == pytest.approx([0.5, 0.3, 0.2], abs=0.02)
    assert np.bincount(shifted) / 200_000 == pytest.approx(np.array([5, 3, 4]) / 12, abs=0.02)


def test_the_parameters_are_drawn_not_only_the_values() -> None:
    """Of 40 recorded, half yes, the share drawn varies as it would in another 40: that is what makes it proper."""
    rng = np.random.default_rng(3)
    codes = np.arange(40) % 2
    shares = [
        LevelModel(2).draw(np.ones((40, 1)), codes, np.ones((5000, 1)), np.zeros(2), rng).mean() for _ in range(400)
    ]
    assert np.std(shares) == pytest.approx(np.sqrt(0.25 / 40), rel=0.15)


@pytest.mark.parametrize("ridge", [1e-9, draws._RIDGE])
def test_perfect_prediction_leaves_finite_coefficients(monkeypatch: pytest.MonkeyPatch, ridge: float) -> None:
    """All twenty with the predictor are yes: the rows that are added, and not the ridge, keep the next uncertain."""
    monkeypatch.setattr(draws, "_RIDGE", ridge)
    rng = np.random.default_rng(4)
    mark = np.arange(200) < 20
    codes = (mark | (rng.random(200) < 0.3)).astype(np.int64)
    matrix = np.column_stack([np.ones(200), mark])
    coefficients, root = LevelModel(2)._fit(*augment(matrix, codes, 2))
    assert 1 < coefficients[0, 1] < 10
    assert np.sqrt(np.linalg.inv(root @ root.T)[1, 1]) < 5


def test_what_is_foretold_perfectly_is_drawn_as_foretold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rows that are added the coefficient has no end and its error none: every other draw would be no."""
    monkeypatch.setattr(draws, "_RIDGE", 1e-9)
    rng = np.random.default_rng(4)
    mark = np.arange(200) < 20
    codes = (mark | (rng.random(200) < 0.3)).astype(np.int64)
    matrix = np.column_stack([np.ones(200), mark])
    drawn = np.concatenate([LevelModel(2).draw(matrix, codes, matrix[:20], np.zeros(2), rng) for _ in range(200)])
    assert 0.8 < drawn.mean() < 1


def test_a_level_that_one_dyad_has_is_drawn_now_and_then() -> None:
    rng = np.random.default_rng(5)
    matrix = predictors(500, rng)
    codes = rng.integers(0, 2, 500)
    codes[7] = 2
    drawn = np.concatenate([LevelModel(3).draw(matrix, codes, matrix, np.zeros(3), rng) for _ in range(20)])
    assert 0 < (drawn == 2).mean() < 0.05


def test_the_rows_added_weigh_as_much_as_the_parameters() -> None:
    matrix = predictors(100, np.random.default_rng(6))
    rows, codes, weights = augment(matrix, np.zeros(100, dtype=np.int64), 3)
    assert len(rows) == len(codes) == len(weights) == 100 + 2 * 2 * 3
    assert weights[100:].sum() == pytest.approx(3)
    assert rows[100:].mean(axis=0) == pytest.approx(matrix.mean(axis=0))


def test_a_number_is_taken_from_the_nearest_predictions() -> None:
    """A steep line without noise: the value comes from one of the five neighbours, each in its turn."""
    rng = np.random.default_rng(7)
    place = np.arange(1000.0)
    matrix = np.column_stack([np.ones(1000), place])
    unseen = np.column_stack([np.ones(5000), np.full(5000, 500.2)])
    values = np.array([draw_numbers(matrix, 3 * place, row[None], rng)[0] / 3 for row in unseen])
    assert set(values) == {498, 499, 500, 501, 502}
    assert np.unique(values, return_counts=True)[1] == pytest.approx(np.full(DONORS, 1000), rel=0.15)


def test_donors_that_tie_all_take_part() -> None:
    """One predictor of two values: whoever has it gives its value, not the first five of them."""
    rng = np.random.default_rng(8)
    group = np.arange(2000) % 2
    values = np.arange(2000.0) % 100
    matrix = np.column_stack([np.ones(2000), group])
    drawn = draw_numbers(matrix, values + 1000 * group, matrix[:1], rng)
    many = draw_numbers(matrix, values + 1000 * group, np.repeat(matrix[:1], 3000, axis=0), rng)
    assert drawn[0] < 1000
    assert len(np.unique(many)) == 50


def test_few_recorded_numbers_are_enough() -> None:
    rng = np.random.default_rng(9)
    drawn = draw_numbers(np.ones((2, 1)), np.array([1.0, 4.0]), np.ones((200, 1)), rng)
    assert set(drawn) == {1.0, 4.0}


def test_the_cumulative_hazard_is_that_of_nelson_and_aalen() -> None:
    """Five dyads: at day 2 one of five has the event, at day 5 two of three (one had left on day 3)."""
    days = np.array([5.0, 2.0, 3.0, 5.0, 7.0])
    event = np.array([True, True, False, True, False])
    late = 1 / 5 + 2 / 3
    assert nelson_aalen(days, event) == pytest.approx([late, 1 / 5, 1 / 5, late, late], abs=1e-15)
