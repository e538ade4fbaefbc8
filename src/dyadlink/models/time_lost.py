"""Restricted mean time lost: of the year after T2, the days that an event takes, on average."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from dyadlink.estimates import TimeLost
from dyadlink.intervals import Z_95
from dyadlink.models.cumulative_incidence import GROUPS
from dyadlink.models.occupation import Occupation, occupation
from dyadlink.models.populations import CAUSES
from dyadlink.schemas import check_table

DIFFERENCE = "difference"
INVOLVED, NOT_INVOLVED = "involved", "not_involved"
_FREE = "free"


def estimate_time_lost(analysis: pl.DataFrame, follow_up_days: int) -> pl.DataFrame:
    """Mean days lost to each cause by T3, for all, by O1, and how the groups differ.

    The area under the cumulative incidence up to T3 (Andersen 2013, Stat Med 32:5278). The standard error is the
    infinitesimal jackknife summed over mothers, that of the difference over mothers who have dyads in both groups too.
    The interval is estimate and 1.96 standard errors either way.

    Args:
        analysis: A table that obeys `Analysis`.
        follow_up_days: Days from T2 to T3.

    Returns:
        One row per (outcome, group, cause), groups as in `GROUPS` and `difference`; columns as in `TimeLost`. A group
        with nobody at risk has no rows.
    """
    rows = [row for outcome in CAUSES for row in _rows_of(analysis, outcome, follow_up_days)]
    return check_table(pl.DataFrame(rows, schema=TimeLost.create_empty().schema), TimeLost, "time_lost")


def _rows_of(analysis: pl.DataFrame, outcome: str, horizon: int) -> Iterator[dict[str, Any]]:
    causes = CAUSES[outcome]
    found: dict[str, Occupation | None] = {}
    for group, is_member in GROUPS.items():
        at_risk = analysis.filter(pl.col(f"{outcome}_at_risk") & is_member)
        if at_risk.is_empty():
            continue
        # Where all have left sight before T3, the curve ends early and the area is not known.
        is_known = bool((at_risk["follow_up_days"] >= horizon).any())
        found[group] = occupation(_stretches(at_risk, outcome), (_FREE, *causes), horizon) if is_known else None
        for index, cause in enumerate(causes, start=1):
            figures = _figures(found[group], index)
            yield {"outcome": outcome, "group": group, "cause": cause, "horizon_days": horizon, **figures}
    if {INVOLVED, NOT_INVOLVED} <= found.keys():
        for index, cause in enumerate(causes, start=1):
            figures = _difference(found[INVOLVED], found[NOT_INVOLVED], index)
            yield {"outcome": outcome, "group": DIFFERENCE, "cause": cause, "horizon_days": horizon, **figures}


def _stretches(at_risk: pl.DataFrame, outcome: str) -> pl.DataFrame:
    return at_risk.select(
        start=pl.lit(0),
        stop=f"{outcome}_days",
        state=pl.lit(_FREE),
        next_state=f"{outcome}_event",
        cluster="mother_number",
    )


def _figures(found: Occupation | None, state: int) -> dict[str, float | None]:
    if found is None:
        return _with_interval(None, None)
    return _with_interval(float(found.mean_days[state]), float(np.sqrt((found.influence[:, state] ** 2).sum())))


def _difference(one: Occupation | None, other: Occupation | None, state: int) -> dict[str, float | None]:
    if one is None or other is None:
        return _with_interval(None, None)
    clusters = np.union1d(one.clusters, other.clusters)
    influence = np.zeros(len(clusters))
    influence[np.searchsorted(clusters, one.clusters)] += one.influence[:, state]
    influence[np.searchsorted(clusters, other.clusters)] -= other.influence[:, state]
    return _with_interval(float(one.mean_days[state] - other.mean_days[state]), float(np.sqrt((influence**2).sum())))


def _with_interval(estimate: float | None, std_error: float | None) -> dict[str, float | None]:
    if estimate is None or std_error is None:
        return dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"))
    low, high = estimate - Z_95 * std_error, estimate + Z_95 * std_error
    return {"estimate": estimate, "std_error": std_error, "conf_low": low, "conf_high": high}
