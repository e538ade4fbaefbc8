"""Released medians: of enough people, in whole units, with a rounded n."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.audit import CellSystem, Line
from dyadlink.disclosure.cells import protect_cells
from dyadlink.disclosure.counts import ALL
from dyadlink.disclosure.expressions import null_unless
from dyadlink.disclosure.profiles import Profile
from dyadlink.estimates import Medians
from dyadlink.schemas import check_table

_VALUES = ["median", "lower_quartile", "upper_quartile"]


def protect_medians(medians: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (table, variable, group), in the order of the input.

    Columns: table, variable, group, status, n (rounded), median, lower_quartile, upper_quartile (whole
    units). Everything is null where fewer than `minimum_median_n` people have a value; only n is null where
    it would give away the n of another group.

    Raises:
        ContractError: The frame breaks the contract `Medians`.
    """
    checked = check_table(medians, Medians, "medians")
    parts = [
        _protect_variable(part, profile) for part in checked.partition_by("table", "variable", maintain_order=True)
    ]
    return pl.concat(parts) if parts else checked.with_columns(status=pl.lit("")).select(_columns())


def _protect_variable(part: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    counts = protect_cells(_group_sizes(part), profile).head(part.height)
    is_enough = pl.col("n") >= profile.minimum_median_n
    # Half up, as counts are rounded.
    whole = part.with_columns((pl.col(column) + 0.5).floor().cast(pl.Int64) for column in _VALUES)
    return whole.with_columns(
        *null_unless(is_enough, _VALUES),
        n=pl.when(is_enough).then(counts.get_column("n")),
        status=pl.when(is_enough).then(pl.lit("rounded")).otherwise(pl.lit("suppressed_primary")),
    ).select(_columns())


def _group_sizes(part: pl.DataFrame) -> CellSystem:
    """The groups' n as a system; whoever is in 'all' and in no group is one more, unseen cell."""
    sizes = part.get_column("n").to_list()
    groups = part.get_column("group").to_list()
    lines: tuple[Line, ...] = ()
    if ALL in groups and len(groups) > 1:
        whole = groups.index(ALL)
        parts = [i for i in range(len(groups)) if i != whole]
        rest = sizes[whole] - sum(sizes[i] for i in parts)
        if rest >= 0:
            if rest:
                parts.append(len(sizes))
                sizes.append(rest)
            lines = (Line(whole, tuple(parts)),)
    return CellSystem(tuple(sizes), lines, ("medians",) * len(sizes))


def _columns() -> list[str]:
    return ["table", "variable", "group", "status", "n", *_VALUES]
