"""Products of hazards and covariates among the predictors of what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from imputation_world import make_study, model

from dyadlink.models.design import select_cases
from dyadlink.models.imputation import chain
from dyadlink.models.imputation.chain import Predictors, draw_completed
from dyadlink.models.imputation.draws import LevelModel, augment
from dyadlink.models.imputation.variables import Outcome, Variable, nelson_aalen, read_outcome


def number(name: str, values: np.ndarray, is_missing: np.ndarray) -> Variable:
    return Variable(name, (), values, is_missing, np.array(0.0))


def level(name: str, is_yes: np.ndarray, is_missing: np.ndarray) -> Variable:
    return Variable(name, ("false", "true"), is_yes.astype(np.float64), is_missing, np.zeros(2))


def completed(
    variables: tuple[Variable, ...], outcome: Outcome, *, m: int = 1, cycles: int = 2
) -> list[dict[str, np.ndarray]]:
    return [
        {name: values.copy() for name, values in drawn.items()}
        for drawn in draw_completed(variables, outcome, list(range(m)), cycles)
    ]


@pytest.mark.parametrize("kind", ["level", "number"])
def test_what_covariates_foretell_of_each_other_changes_with_the_hazard(kind: str) -> None:
    """Early on partnership and deprivation go together, late against each other, and on the whole not at all.

    A third is missing. Drawn with the products it is so again; without them nothing is foretold.
    """
    rng = np.random.default_rng(1)
    n = 6000
    hazard, known = rng.normal(size=n), rng.normal(size=n)
    score = -1.5 * hazard * known
    values = rng.random(n) < 1 / (1 + np.exp(-score)) if kind == "level" else score + rng.normal(size=n)
    is_missing = rng.random(n) < 1 / 3
    make = level if kind == "level" else number
    variables = (number("deprivation", known, np.zeros(n, dtype=np.bool_)), make("partnership", values, is_missing))
    columns = np.column_stack([rng.random(n) < 0.2, hazard])
    product = (hazard * known)[is_missing]
    found = {
        hazards: np.corrcoef(completed(variables, Outcome(columns, hazards))[0]["partnership"][is_missing], product)[
            0, 1
        ]
        for hazards in ((1,), ())
    }
    told = np.corrcoef(values[is_missing], product)[0, 1]
    # Some three standard errors of a correlation among 2,000.
    assert found[(1,)] == pytest.approx(told, abs=0.07)
    assert abs(told) > 0.4
    assert abs(found[()]) < 0.07


def test_products_are_of_the_values_last_drawn() -> None:
    """And each variable is foretold by all columns but its own, the products among them last."""
    rng = np.random.default_rng(6)
    n, nowhere = 20, np.zeros(20, dtype=np.bool_)
    variables = (level("single", np.arange(n) < 9, nowhere), number("deprivation", rng.normal(size=n), nowhere))
    outcome = Outcome(rng.normal(size=(n, 4)), (1, 3))
    predictors = Predictors(variables, outcome)
    other = rng.normal(size=n)
    predictors.set(1, other)
    others, n_products = predictors.columns_but(0)
    block = variables[1].columns(other)
    told = np.column_stack([np.ones(n), outcome.columns, block, outcome.columns[:, [1, 3]] * block])
    assert (predictors.matrix[:, others] == told).all()
    assert n_products == 2


@pytest.mark.parametrize("family", ["cox", "fine_gray"])
def test_every_cause_has_its_hazard_and_its_products(family: str) -> None:
    spec = model(family)
    frame = select_cases(make_study(1, 400), spec).frame
    outcome = read_outcome(frame, spec)
    assert outcome.columns.shape == (400, 4)
    for place, cause in zip(outcome.hazards, ("custody_loss", "death"), strict=True):
        event = (frame["o4_event"] == cause).to_numpy()
        hazard = nelson_aalen(frame["days"].to_numpy(), event)
        assert (outcome.columns[:, place - 1] == event).all()
        assert outcome.columns[:, place] == pytest.approx((hazard - hazard.mean()) / hazard.std(), abs=1e-12)


def test_an_outcome_without_time_has_no_hazard() -> None:
    spec = model("logistic")
    outcome = read_outcome(select_cases(make_study(1, 100), spec).frame, spec)
    assert outcome.hazards == ()
    assert outcome.columns.shape == (100, 1)


def test_every_model_is_told_which_predictors_are_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hazards by the other's one column, and by the other's three."""
    told = []

    class Listening(LevelModel):
        def __init__(self, n_levels: int, n_products: int) -> None:
            told.append((n_levels, n_products))
            super().__init__(n_levels, n_products)

    monkeypatch.setattr(chain, "LevelModel", Listening)
    rng = np.random.default_rng(5)
    is_missing = rng.random((2, 60)) < 0.3
    group = Variable("group", ("p", "q", "r", "s"), rng.integers(0, 4, 60).astype(float), is_missing[0], np.zeros(4))
    completed((group, number("c", rng.normal(size=60), is_missing[1])), Outcome(rng.normal(size=(60, 4)), (1, 3)))
    assert sorted(told) == [(0, 6), (4, 2)]


def test_few_dyads_and_products_that_repeat_each_other_are_survived() -> None:
    """Thirty dyads, two hazards that are one, two covariates that are one: more predictors than are recorded."""
    rng = np.random.default_rng(2)
    n = 30
    hazard = rng.exponential(size=n)
    columns = np.column_stack([hazard > 1, hazard, hazard < 0.3, hazard])
    twice, is_missing = rng.normal(size=n), rng.random((2, n)) < 0.3
    groups = rng.integers(0, 4, n).astype(np.float64)
    nowhere = np.zeros(n, dtype=np.bool_)
    variables = (
        number("a", twice, nowhere),
        number("b", twice, nowhere),
        Variable("group", ("p", "q", "r", "s"), groups, is_missing[0], np.zeros(4)),
        number("c", rng.normal(size=n), is_missing[1]),
    )
    many = completed(variables, Outcome(columns, (1, 3)), m=40, cycles=5)
    drawn = np.concatenate([one["group"][is_missing[0]] for one in many])
    # Nothing foretells the group: each of the four is drawn, and none nearly always.
    assert (np.bincount(drawn.astype(np.int64), minlength=4) / len(drawn)).max() < 0.7
    assert set(np.unique(drawn)) == {0, 1, 2, 3}
    recorded = set(variables[3].values[~is_missing[1]])
    assert all(set(one["c"]) <= recorded | set(variables[3].values) for one in many)
    assert len({one["c"][is_missing[1]].tobytes() for one in many}) > 30


def test_no_rows_are_added_for_products() -> None:
    """They would weigh as much as the products are many, half of it for a level that one dyad in fifty has."""
    rng = np.random.default_rng(3)
    matrix = np.column_stack([np.ones(200), rng.normal(size=(200, 2 + 60))])
    rows, codes, weights = augment(matrix, (np.arange(200) % 50 == 0).astype(np.int64), 2, n_products=60)
    assert len(rows) == len(codes) == 200 + 2 * 2 * 2
    assert weights[200:].sum() == pytest.approx(3)
    assert rows[200:, 3:] == pytest.approx(np.tile(matrix[:, 3:].mean(axis=0), (8, 1)))


def test_products_that_show_nothing_are_held_near_nothing() -> None:
    """Of forty dyads sixty products: their coefficients stay within two standard deviations of the ridge."""
    rng = np.random.default_rng(4)
    matrix = np.column_stack([np.ones(40), rng.normal(size=(40, 61))])
    codes = rng.integers(0, 2, 40)
    coefficients, root = LevelModel(2, 60)._fit(matrix, codes, np.ones(40))
    assert np.abs(coefficients[0, 2:]).max() < 1
    assert np.sqrt(np.diag(np.linalg.inv(root @ root.T)))[2:].max() <= 0.5
