"""Chained equations: each incomplete covariate in turn, given all the others and the outcome, round after round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from dyadlink.models.imputation.draws import Floats, LevelModel
from dyadlink.models.imputation.variables import Variable


def draw_completed(
    variables: Sequence[Variable], outcome: Floats, seeds: Sequence[int], cycles: int
) -> Iterator[dict[str, Floats]]:
    """The values of each incomplete variable, completed, once for each seed.

    Variables go from the least missing to the most; the first values are drawn from those recorded. Each completed
    data set has a chain of its own, so that it depends on its seed alone, not on how many others there are. Source:
    van Buuren 2007, Stat Methods Med Res 16:219; White, Royston & Wood 2011, Stat Med 30:377.

    Args:
        variables: The covariates, each with a recorded value at least.
        outcome: The outcome as predictors, one row for each dyad.
        seeds: One for each completed data set.
        cycles: Rounds before the values are kept.
    """
    widths = np.cumsum([1 + outcome.shape[1], *(variable.n_columns for variable in variables)])
    blocks_at = [np.arange(start, end) for start, end in pairwise(widths)]
    order = sorted(range(len(variables)), key=lambda i: int(variables[i].is_missing.sum()))
    incomplete = [i for i in order if variables[i].is_missing.any()]
    others = {i: np.setdiff1d(np.arange(widths[-1]), blocks_at[i]) for i in incomplete}
    rows = {i: (np.flatnonzero(~variables[i].is_missing), np.flatnonzero(variables[i].is_missing)) for i in incomplete}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        models = {i: LevelModel(len(variables[i].levels)) for i in incomplete}
        values = {i: _first_values(variables[i], rng) for i in incomplete}
        blocks = [variable.columns(values.get(i, variable.values)) for i, variable in enumerate(variables)]
        matrix = np.column_stack([np.ones(len(outcome)), outcome, *blocks])
        for _ in range(cycles):
            for i in incomplete:
                seen, unseen = rows[i]
                known, asked = (matrix[np.ix_(places, others[i])] for places in (seen, unseen))
                values[i][unseen] = variables[i].draw(models[i], known, asked, rng)
                matrix[:, blocks_at[i]] = variables[i].columns(values[i])
        yield {variables[i].name: values[i] for i in incomplete}


def _first_values(variable: Variable, rng: np.random.Generator) -> Floats:
    values = variable.values.copy()
    recorded = variable.values[~variable.is_missing]
    values[variable.is_missing] = rng.choice(recorded, size=int(variable.is_missing.sum()))
    return values
