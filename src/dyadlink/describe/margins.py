"""Tests that the levels are distributed alike at two times, where dyads of one mother are not independent.

Stuart-Maxwell and McNemar take every dyad for independent. Here the differences of the two margins are summed within
each mother first, and their covariance under the null is the sum of the mothers' outer products (Obuchowski 1998, Stat
Med 17:1495, for two levels; the same step for more). Where each mother has one dyad this is Stuart-Maxwell itself
(Stuart 1955, Biometrika 42:412; Maxwell 1970), and for two levels McNemar without correction. All dyads that the tables
show take part: one dyad per mother would drop twins and second births, and so test another population than is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from dyadlink.describe.transitions import level_at
from dyadlink.schemas import CSC_LEVELS, check_table
from dyadlink.schemas.movement import COARSE_LEVELS, COARSE_OF, LOST, NOT_OBSERVED, PAIRS, MovementTests

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW_MOVED = 25
"""With fewer mothers who moved than this, McNemar's test is exact."""

_IS_INVOLVED = {level: "no" if level == "none" else "yes" for level in CSC_LEVELS}
_IS_LOST = {level: "yes" if level in COARSE_LEVELS[LOST] else "no" for level in CSC_LEVELS}
_ABOUT: dict[str, dict[str, str]] = {
    "levels": {level: level for level in CSC_LEVELS},
    "released_levels": COARSE_OF,
    "any_involvement": _IS_INVOLVED,
    "apart_or_elsewhere": _IS_LOST,
}


@dataclass(frozen=True)
class MarginTest:
    """A test of equal margins; `statistic` is None where the test is exact, and both are where nobody moved."""

    statistic: float | None
    df: int
    p_value: float | None


def margin_differences(
    before: pl.Series, after: pl.Series, clusters: pl.Series, levels: tuple[str, ...]
) -> NDArray[np.int64]:
    """One row per cluster, in the order of its name, and one column per level: dyads at it after, less before."""
    from numpy import column_stack  # noqa: PLC0415 - heavy

    frame = pl.DataFrame({"before": before, "after": after, "cluster": clusters})
    differences = ((pl.col("after") == x).cast(pl.Int64) - (pl.col("before") == x).cast(pl.Int64) for x in levels)
    named = (difference.alias(level) for difference, level in zip(differences, levels, strict=True))
    wide = frame.select("cluster", *named).group_by("cluster").sum().sort("cluster")
    return column_stack([wide.get_column(level).to_numpy() for level in levels])


def compare_margins(differences: NDArray[np.int64]) -> MarginTest:
    """Chi-squared of the summed differences, over the covariance that the clusters give under the null.

    The levels' differences sum to zero and a level that nobody entered or left has none, so the covariance has not
    full rank: its generalised inverse gives the statistic of Stuart and Maxwell with such levels and one more left
    out, and its rank the degrees of freedom.

    Args:
        differences: One row per cluster, one column per level; see `margin_differences`.
    """
    import numpy as np  # noqa: PLC0415 - heavy
    from scipy.stats import chi2  # noqa: PLC0415 - heavy

    covariance = differences.T @ differences
    df = int(np.linalg.matrix_rank(covariance, hermitian=True)) if differences.size else 0
    if df == 0:
        return MarginTest(None, 0, None)
    total = differences.sum(axis=0)
    statistic = float(total @ np.linalg.pinv(covariance.astype(float), hermitian=True) @ total)
    return MarginTest(max(statistic, 0.0), df, float(chi2.sf(statistic, df)))


def compare_margins_exactly(differences: NDArray[np.int64]) -> MarginTest:
    """Exact two-sided test for one state: how often the sum is as far from 0 when each cluster's sign is a coin's.

    With clusters of one it is McNemar's exact (binomial) test.

    Args:
        differences: One per cluster: its dyads in the state after, less before.
    """
    moved = [abs(int(d)) for d in differences if d]
    if not moved:
        return MarginTest(None, 0, None)
    # Whole numbers of sign patterns by their sum: no rounding before the last division.
    patterns = {0: 1}
    for step in moved:
        grown: dict[int, int] = {}
        for reached, ways in patterns.items():
            for now in (reached - step, reached + step):
                grown[now] = grown.get(now, 0) + ways
        patterns = grown
    seen = abs(int(differences.sum()))
    as_far = sum(ways for reached, ways in patterns.items() if abs(reached) >= seen)
    return MarginTest(None, 1, as_far / 2 ** len(moved))


def compare_all_margins(analysis: pl.DataFrame) -> pl.DataFrame:
    """Tests of equal margins between each two timepoints: of the levels, and of two states.

    Args:
        analysis: A table that obeys `Analysis`; dyads not observed at either time are left out of that pair.

    Returns:
        As in `MovementTests`: per pair of times all levels, the levels that are released (both Stuart-Maxwell), any
        involvement, and apart or permanently elsewhere (McNemar; exact with fewer than `FEW_MOVED` mothers who moved).
    """
    rows = [_test(analysis, before, after, about) for before, after in PAIRS for about in _ABOUT]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return check_table(frame, MovementTests, "movement_tests")


def _test(analysis: pl.DataFrame, before: str, after: str, about: str) -> dict[str, object]:
    groups = _ABOUT[about]
    levels = tuple(dict.fromkeys(groups.values()))
    seen = analysis.select("mother_number", before=level_at(before), after=level_at(after)).filter(
        pl.col("before") != NOT_OBSERVED, pl.col("after") != NOT_OBSERVED
    )
    told = seen.with_columns(pl.col("before", "after").replace_strict(groups))
    moved = told.filter(pl.col("before") != pl.col("after"))
    differences = margin_differences(told["before"], told["after"], told["mother_number"], levels)
    n_moved_mothers = int(differences.any(axis=1).sum())
    is_state = levels in {("no", "yes"), ("yes", "no")}
    is_exact = is_state and n_moved_mothers < FEW_MOVED
    found = compare_margins_exactly(differences[:, levels.index("yes")]) if is_exact else compare_margins(differences)
    return {
        "from_time": before,
        "to_time": after,
        "about": about,
        "method": "mcnemar_exact" if is_exact else "mcnemar" if is_state else "stuart_maxwell",
        "n_dyads": told.height,
        "n_mothers": told["mother_number"].n_unique(),
        "n_moved_mothers": n_moved_mothers,
        "n_up": moved.filter(after="yes").height if is_state else None,
        "n_down": moved.filter(before="yes").height if is_state else None,
        "n_least_moved": pl.concat([moved["before"], moved["after"]]).value_counts()["count"].min(),
        "statistic": found.statistic,
        "df": found.df,
        "p_value": found.p_value,
    }
