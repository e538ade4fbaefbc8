"""An attacker written apart from the package: it sees released rows alone, and thinks of single kinds of people.

A kind of people is one level of every attribute. Every released row is a sum over kinds; what the row says of its sum
is all that is used. Rules are those of the profiles' sources, written here again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import linprog

FAR = 100_000.0


@dataclass(frozen=True)
class Rules:
    """Of a profile: least count shown, base of rounding to the nearest, zeros shown, totals that are sums."""

    least: int
    base: int
    zeros: bool = False
    sums: bool = False

    @property
    def protection(self) -> int:
        """How many counts must stay possible: as many as there are small ones that are hidden."""
        return self.least - self.zeros

    def is_small(self, n: int) -> bool:
        """Whether the count is hidden for its own sake."""
        return n < self.least and not (n == 0 and self.zeros)

    def behind(self, shown: int) -> tuple[float, float]:
        """Counts that are shown as this number."""
        if shown == 0:
            return 0.0, 0.0
        low = shown - self.base // 2
        return float(max(low, self.least)), float(low + self.base - 1)


RULES = {
    "opensafely": Rules(8, 5, zeros=True, sums=True),
    "sacro": Rules(10, 5),
    "nhs_sde": Rules(10, 5),
    "ukllc": Rules(10, 1),
    "ons_csc": Rules(10, 10),
    "strict": Rules(10, 10),
}

Kind = dict[str, str]
Row = dict[str, Any]


class Attacker:
    """Least and greatest count of a row in any population that fits all the rows."""

    def __init__(
        self, rows: list[Row], kinds: list[Kind], counts_kind: Callable[[Row, Kind], bool], rules: Rules
    ) -> None:
        """Takes in the released rows, each with table, variable, level, group, status and n."""
        self.rows = rows
        self.matrix = np.array([[counts_kind(row, kind) for kind in kinds] for row in rows], dtype=float)
        # A row says why, or not, by its variable in its table.
        told = {(row["table"], row["variable"]) for row in rows if row["status"] == "suppressed_primary"}
        bounds = [self._bounds(row, rules, (row["table"], row["variable"]) in told) for row in rows]
        self.low, self.high = np.array(bounds).T

    def _bounds(self, row: Row, rules: Rules, tells: bool) -> tuple[float, float]:
        if row["n"] is not None:
            is_margin = row["group"] == "all" or row["level"] == "total"
            return (float(rules.least), FAR) if rules.sums and is_margin and row["n"] else rules.behind(row["n"])
        if row["status"] == "suppressed_primary":
            return float(rules.zeros), rules.least - 1.0
        return float(rules.least if tells else rules.zeros), FAR

    def attack(self, is_in: NDArray[np.float64]) -> tuple[float, float]:
        """Both ends of the count of the kinds marked with one."""
        # One variable for each row's sum: its bounds are the row's, and the kinds add up to it.
        n_rows, n_kinds = self.matrix.shape
        equal = np.hstack([self.matrix, -np.eye(n_rows)])
        bounds = [(0, None)] * n_kinds + list(zip(self.low, self.high, strict=True))
        ends = []
        for sign in (1, -1):
            objective = np.concatenate([sign * is_in, np.zeros(n_rows)])
            found = linprog(objective, A_eq=equal, b_eq=np.zeros(n_rows), bounds=bounds, method="highs")
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        return ends[0], ends[1]

    def narrowed(self, protection: int) -> list[Row]:
        """The hidden rows of which fewer counts than that are left."""
        found = []
        for place, row in enumerate(self.rows):
            if row["n"] is None:
                low, high = self.attack(self.matrix[place])
                found += [row] if high - low + 1 < protection - 1e-6 else []
        return found


def kinds_of(attributes: dict[str, tuple[str, ...]]) -> list[Kind]:
    """One level of every attribute, in every way."""
    return [dict(zip(attributes, levels, strict=True)) for levels in product(*attributes.values())]


def draw_people(rng: np.random.Generator, attributes: dict[str, tuple[str, ...]], n: int) -> pl.DataFrame:
    """People whose attributes are skewed, so that there are small cells and empty ones."""
    columns = {}
    for name, levels in attributes.items():
        shares = rng.dirichlet(np.full(len(levels), rng.choice([0.25, 0.7, 2.0])))
        columns[name] = rng.choice(levels, n, p=shares)
    return pl.DataFrame(columns, schema=dict.fromkeys(attributes, pl.String))


def count_table(
    people: pl.DataFrame, table: str, variables: dict[str, tuple[str, ...]], by: str, groups: Iterable[str]
) -> pl.DataFrame:
    """A table in the shape of `Counts`, of everybody who is in one of the groups; zeros are rows."""
    inside = people.filter(pl.col(by).is_in(list(groups))) if by else people
    parts = {"all": inside} | {group: inside.filter(pl.col(by) == group) for group in groups}
    rows = [(table, "total", "total", group, part.height) for group, part in parts.items()]
    rows += [
        (table, variable, level, group, part.filter(pl.col(variable) == level).height)
        for variable, levels in variables.items()
        for level in levels
        for group, part in parts.items()
    ]
    return pl.DataFrame(rows, schema=["table", "variable", "level", "group", "n"], orient="row")
