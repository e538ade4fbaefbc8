"""Chained equations: each incomplete covariate in turn, given all the others and the outcome, round after round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dyadlink.models.imputation.draws import Floats, LevelModel
from dyadlink.models.imputation.variables import Outcome, Variable


def draw_completed(
    variables: Sequence[Variable], outcome: Outcome, seeds: Sequence[int], cycles: int
) -> Iterator[dict[str, Floats]]:
    """The values of each incomplete variable, completed, once for each seed.

    Variables go from the least missing to the most; the first values are drawn from those recorded. Each completed
    data set has a chain of its own, so that it depends on its seed alone, not on how many others there are. With time
    at risk, what one covariate foretells of another changes with the hazard gone through, so that products of the
    two are predictors as well. Sources: van Buuren 2007, Stat Methods Med Res 16:219; White, Royston & Wood 2011, Stat
    Med 30:377; White & Royston 2009, Stat Med 28:1982.

    Args:
        variables: The covariates, each with a recorded value at least.
        outcome: The outcome as predictors, one row for each dyad.
        seeds: One for each completed data set.
        cycles: Rounds before the values are kept.
    """
    predictors = Predictors(variables, outcome)
    order = sorted(range(len(variables)), key=lambda i: int(variables[i].is_missing.sum()))
    incomplete = [i for i in order if variables[i].is_missing.any()]
    columns = {i: predictors.columns_but(i) for i in incomplete}
    rows = {i: (np.flatnonzero(~variables[i].is_missing), np.flatnonzero(variables[i].is_missing)) for i in incomplete}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        models = {i: LevelModel(len(variables[i].levels), columns[i][1]) for i in incomplete}
        values = {i: _first_values(variables[i], rng) for i in incomplete}
        for i in incomplete:
            predictors.set(i, values[i])
        for _ in range(cycles):
            for i in incomplete:
                (seen, unseen), (others, _) = rows[i], columns[i]
                known, asked = (predictors.matrix[np.ix_(places, others)] for places in (seen, unseen))
                values[i][unseen] = variables[i].draw(models[i], known, asked, rng)
                predictors.set(i, values[i])
        yield {variables[i].name: values[i] for i in incomplete}


class Predictors:
    """A column of ones, the outcome, the covariates, and each hazard times each covariate, as one matrix."""

    def __init__(self, variables: Sequence[Variable], outcome: Outcome) -> None:
        """Those of the values recorded; anything where one is missing."""
        self._variables = variables
        self._hazards = outcome.columns[:, outcome.hazards]
        widths = [variable.n_columns for variable in variables]
        edges = np.cumsum([1 + outcome.columns.shape[1], *widths, *(len(outcome.hazards) * width for width in widths)])
        places = [np.arange(start, end) for start, end in pairwise(edges)]
        self._blocks, self._products = places[: len(variables)], places[len(variables) :]
        self.matrix = np.ones((len(outcome.columns), edges[-1]))
        self.matrix[:, 1 : edges[0]] = outcome.columns
        for i, variable in enumerate(variables):
            self.set(i, variable.values)

    def columns_but(self, i: int) -> tuple[NDArray[np.int64], int]:
        """The columns that foretell variable i, its own left out; how many of them, the last, are products."""
        own = np.concatenate([self._blocks[i], self._products[i]])
        n_products = sum(map(len, self._products)) - len(self._products[i])
        return np.setdiff1d(np.arange(self.matrix.shape[1]), own), n_products

    def set(self, i: int, values: Floats) -> None:
        """Take these values for variable i."""
        block = self._variables[i].columns(values)
        self.matrix[:, self._blocks[i]] = block
        products = self._hazards[:, :, None] * block[:, None, :]
        self.matrix[:, self._products[i]] = products.reshape(len(block), -1)


def _first_values(variable: Variable, rng: np.random.Generator) -> Floats:
    values = variable.values.copy()
    recorded = variable.values[~variable.is_missing]
    values[variable.is_missing] = rng.choice(recorded, size=int(variable.is_missing.sum()))
    return values
