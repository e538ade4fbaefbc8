"""What each comparison adds to a pair's match weight, read from the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from dyadlink.linkage.comparisons import gamma_of
from dyadlink.linkage.model_table import PRIOR

_NOTHING = 0.005
"""Half of the last digit that is shown."""


class Step(NamedTuple):
    """One bar of a waterfall."""

    comparison: str
    level: str
    weight: float


def waterfall(pair: Mapping[str, Any], table: pl.DataFrame) -> list[Step]:
    """The steps from the prior to the pair's match weight; they add up to it.

    Args:
        pair: A row of the sample with `match_weight` and `gamma_<comparison>` (-1: missing).
        table: What `model_table` returns.

    Returns:
        The prior, each comparison in the order of the model (0 where a value is missing), then, where these do not say
        it all, `rarity`: what the frequency of the values adds.
    """
    told = {(row["comparison"], row["agreement"]): row for row in table.iter_rows(named=True)}
    steps = [Step(PRIOR, told[PRIOR, 0]["level"], told[PRIOR, 0]["weight"] or 0.0)]
    for comparison in table["comparison"].unique(maintain_order=True):
        agreement = pair.get(gamma_of(comparison))
        if comparison == PRIOR or agreement is None:
            continue
        row = told.get((comparison, agreement))
        level = row["level"] if row else "missing"
        steps.append(Step(comparison, level, (row["weight"] or 0.0) if row else 0.0))
    rest = pair["match_weight"] - sum(step.weight for step in steps)
    if abs(rest) >= _NOTHING:
        steps.append(Step("rarity", "a rare value adds, a common one takes", rest))
    return steps
