"""Draws of one variable given the others: of levels by (multinomial) logistic regression, of numbers by matching.

Every draw is proper: the parameters of the regression are drawn from their posterior (normal, about the fit) before the
values are, so that completed data sets differ by all that is not known (Rubin 1987).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

DONORS = 5
"""Recorded values nearest in prediction, one of which is taken."""
_RIDGE = 0.01
"""ASSUME: a penalty worth far less than one dyad holds columns that repeat each other; it moves no other estimate."""
_PRODUCT_RIDGE = 4.0
"""ASSUME: with a standard deviation of the hazard what a covariate foretells changes by some half a log odds (of a
number: half its own deviation), since it does so by the hazard times the hazard ratio less one (White & Royston 2009).
Hundreds of dyads decide for themselves; of few, or of products that repeat each other, none is made much of."""
_LARGEST_SCORE = 30.0
_MOST_STEPS = 50
_STEPS_OF_OLD_ROOT = 4
"""Steps by the information of the round before, which cost a fraction of Newton's own."""
_ROWS_AT_ONCE = 1_000
_SMALLEST_STEP = 0.01
"""A step of so few standard errors is the last: the one after it would be a fraction of it."""


class LevelModel:
    """Logistic regression of levels, multinomial where there are more than two; remembers where it ended."""

    def __init__(self, n_levels: int, n_products: int = 0) -> None:
        """A model of levels 0 up to `n_levels`; of its predictors the last `n_products` are products of others."""
        self.n_levels = n_levels
        self.n_products = n_products
        self._coefficients: Floats | None = None
        self._root: Floats | None = None

    def draw(self, seen: Floats, codes: Codes, unseen: Floats, delta: Floats, rng: np.random.Generator) -> Codes:
        """A level for each row of `unseen`.

        Args:
            seen: Predictors where the level is recorded, intercept first.
            codes: Their levels, 0 up to the number of levels.
            unseen: Predictors where it is missing.
            delta: What is added to the log odds of each level where it is missing.
            rng: Source of chance.
        """
        if self.n_levels == 1:
            return np.zeros(len(unseen), dtype=np.int64)
        coefficients, root = self._fit(*augment(seen, codes, self.n_levels, self.n_products))
        drawn = coefficients + _solve(root, rng.standard_normal(coefficients.size), transposed=True).reshape(
            coefficients.shape
        )
        # Levels from the last down: the first, whose odds the others are told against, is what is left.
        shares = _chances(drawn @ unseen.T + (delta[1:] - delta[0])[:, None])[::-1].cumsum(axis=0)
        return np.asarray((rng.random(len(unseen)) < shares).sum(axis=0))

    def _fit(self, matrix: Floats, codes: Codes, weights: Floats) -> tuple[Floats, Floats]:
        """Coefficients, one row for each level but the first, and the Cholesky root of their information."""
        n_rows, n_columns = self.n_levels - 1, matrix.shape[1]
        if self._coefficients is None:
            self._coefficients = np.zeros((n_rows, n_columns))
        coefficients, root = self._coefficients, self._root
        is_level = codes == np.arange(1, self.n_levels)[:, None]
        penalty = np.full(n_columns, _RIDGE)
        penalty[n_columns - self.n_products :] = _PRODUCT_RIDGE
        penalty[0] = 1e-9

        def root_of_information(chances: Floats) -> Floats:
            information = _information(matrix, chances, weights) + np.diag(np.tile(penalty, n_rows))
            return np.asarray(np.linalg.cholesky(information), dtype=np.float64)

        for step in range(_MOST_STEPS):
            chances = _chances(coefficients @ matrix.T)
            # The predictors change little from round to round, and with them the information: its last root will
            # do for the first steps.
            if root is None or step >= _STEPS_OF_OLD_ROOT:
                root = root_of_information(chances)
            score = (weights * (is_level - chances)) @ matrix - penalty * coefficients
            half = _solve(root, score.ravel())
            change = _solve(root, half, transposed=True).reshape(coefficients.shape)
            coefficients = coefficients + np.clip(change, -2, 2)
            if np.abs(half).max() < _SMALLEST_STEP:
                break
        self._coefficients = coefficients
        self._root = root_of_information(_chances(coefficients @ matrix.T))
        return coefficients, self._root


def augment(matrix: Floats, codes: Codes, n_levels: int, n_products: int = 0) -> tuple[Floats, Codes, Floats]:
    """The data with a few weak rows added, so that no predictor tells a level perfectly; rows, levels and weights.

    For each predictor and each level one row half a standard deviation above the mean and one below it; together
    they weigh as much as there are parameters of one level. Source: White, Daniel & Royston 2010, Comput Stat Data
    Anal 54:2267, with the spacing of R's mice. Products, the last columns, stay at their mean: their own ridge holds
    them, and rows for them as well would pull a rare level towards being common.
    """
    mean = matrix.mean(axis=0)
    spread = np.sqrt(np.maximum(np.einsum("ij,ij->j", matrix, matrix) / len(matrix) - mean**2, 0))
    n_columns = matrix.shape[1] - 1 - n_products
    half = 0.5 * np.diag(spread)[1 : 1 + n_columns]
    rows = mean + np.vstack([-half, half])
    n_added = len(rows) * n_levels
    return (
        np.vstack([matrix, *[rows] * n_levels]),
        np.concatenate([codes, np.repeat(np.arange(n_levels), len(rows))]),
        np.concatenate([np.ones(len(matrix)), np.full(n_added, (n_columns + 1) / max(n_added, 1))]),
    )


def _chances(scores: Floats) -> Floats:
    """Probability of each level but the first, a row each, from their log odds against the first."""
    odds = np.exp(np.clip(scores, -_LARGEST_SCORE, _LARGEST_SCORE))
    return np.asarray(odds / (1 + odds.sum(axis=0)))


def _information(matrix: Floats, chances: Floats, weights: Floats) -> Floats:
    """The sums, for each two levels and each two predictors, of what the rows tell of their coefficients."""
    n_rows, n_columns = len(chances), matrix.shape[1]
    if n_rows == 1:
        half = matrix * np.sqrt(weights * chances[0] * (1 - chances[0]))[:, None]
        return np.asarray(half.T @ half)
    level, other = np.tril_indices(n_rows)
    one, two = np.triu_indices(n_columns)
    sums = np.zeros((len(level), len(one)))
    # Products of two predictors are the same for all levels: formed once, of few enough rows to stay in the cache.
    for start in range(0, len(matrix), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        shares = weights[part] * chances[:, part]
        pairs = -shares[level] * chances[:, part][other]
        pairs[level == other] += shares
        sums += pairs @ _products(matrix[part]).T
    of_pairs = np.empty((len(level), n_columns, n_columns))
    of_pairs[:, one, two] = of_pairs[:, two, one] = sums
    blocks = np.empty((n_rows, n_rows, n_columns, n_columns))
    blocks[level, other] = blocks[other, level] = of_pairs
    return blocks.transpose(0, 2, 1, 3).reshape(n_rows * n_columns, n_rows * n_columns)


def _solve(root: Floats, values: Floats, *, transposed: bool = False) -> Floats:
    """What the lower triangle, or its transpose, times which gives the values."""
    return np.asarray(solve_triangular(root, values, trans=int(transposed), lower=True, check_finite=False))


def _products(matrix: Floats) -> Floats:
    """Each column times itself and those after it, a row for each two."""
    columns = np.ascontiguousarray(matrix.T)
    n = len(columns)
    products = np.empty((n * (n + 1) // 2, len(matrix)))
    end = 0
    for place, column in enumerate(columns):
        start, end = end, end + n - place
        np.multiply(column, columns[place:], out=products[start:end])
    return products


def draw_numbers(seen: Floats, values: Floats, unseen: Floats, rng: np.random.Generator, n_products: int = 0) -> Floats:
    """A recorded number for each row of `unseen`: predictive mean matching.

    Recorded values are predicted with the estimated coefficients and missing ones with drawn ones; one of the
    nearest donors gives its value, so that no value is imputed that nobody has. All donors as near as the last of
    them take part, so that ties do not depend on the order of rows. Source: Little 1988, J Bus Econ Stat 6:287;
    type 1 matching: Morris, White & Royston 2014, BMC Med Res Methodol 14:75.
    """
    cross = seen.T @ seen
    is_product = np.arange(len(cross)) >= len(cross) - n_products
    root = np.linalg.cholesky(cross + np.diag(1e-5 * np.diag(cross) + 1e-9 + _PRODUCT_RIDGE * is_product))
    coefficients = _solve(root, _solve(root, seen.T @ values), transposed=True)
    predicted = seen @ coefficients
    # Products that the ridge holds at nought cost nothing.
    held = _solve(root, np.eye(len(cross))[:, is_product])
    df = max(len(values) - seen.shape[1] + _PRODUCT_RIDGE * (held**2).sum(), 1)
    spread = np.sqrt(((values - predicted) ** 2).sum() / rng.chisquare(df))
    drawn = coefficients + spread * _solve(root, rng.standard_normal(len(coefficients)), transposed=True)
    return values[_match(predicted, unseen @ drawn, rng)]


def _match(predicted: Floats, wanted: Floats, rng: np.random.Generator) -> Codes:
    """For each number wanted, the place of one of the predictions nearest to it."""
    order = np.argsort(predicted, kind="stable")
    ordered = predicted[order]
    n = len(ordered)
    k = min(DONORS, n)
    first = np.clip(np.searchsorted(ordered, wanted)[:, None] + np.arange(-k, k), 0, n - 1)
    # A place at either end is met more than once: its distance counts once.
    distance = np.abs(ordered[first] - wanted[:, None])
    distance[:, 1:][first[:, 1:] == first[:, :-1]] = np.inf
    reach = np.partition(distance, k - 1, axis=1)[:, k - 1] + 1e-9 * (1 + np.abs(wanted))
    low = np.searchsorted(ordered, wanted - reach, side="left")
    high = np.searchsorted(ordered, wanted + reach, side="right")
    return order[low + (rng.random(len(wanted)) * (high - low)).astype(np.int64)]
