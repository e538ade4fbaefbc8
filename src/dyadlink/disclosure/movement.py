"""Released levels, transitions, shares that moved, and tests of equal margins: protected together."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from statistics import NormalDist
from typing import Any

import polars as pl

from dyadlink.disclosure.audit import CellSystem, Hidden, narrow_cells
from dyadlink.disclosure.cells import hide_cells, tell_cells
from dyadlink.disclosure.counts import add_percent
from dyadlink.disclosure.expressions import DECIMALS
from dyadlink.disclosure.movement_system import (
    COARSE,
    LEVELS_TABLE,
    STATES,
    TOTAL,
    Key,
    Layout,
    lay_out,
)
from dyadlink.disclosure.profiles import Profile
from dyadlink.schemas import check_table
from dyadlink.schemas.movement import DIRECTION_PAIRS, DIRECTIONS, PAIRS, TIMES, MovementTests

_FLOW = ["from_time", "to_time", "from_level", "to_level"]
_SHARE = ["from_time", "to_time", "among", "change"]
_Row = tuple[Key, tuple[str, ...]]
"""A cell, and what its row of the released table is called."""
_LOST = {"still_lost": "still_apart", "no_longer_lost": "no_longer_apart"}


def protect_movement(
    levels: pl.DataFrame, transitions: pl.DataFrame, tests: pl.DataFrame, profile: Profile
) -> dict[str, pl.DataFrame]:
    """The four tables, hidden and rounded as one system: the transitions' margins are the levels' own counts.

    Returns:
        `csc_levels`: as `protect_counts` gives it. `transitions`, of dyads observed at both times: from_time, to_time,
        from_level, to_level ('total' for the margins), status, n, percent (of the shown from-level's total); all others
        are `not_observed` of `csc_levels`. `movement_shares`: from_time, to_time,
        among (observed: at both times; apart_at_t2: of these, apart or elsewhere at T2), change, status, n, percent,
        percent_low, percent_high (95%, Wilson 1927), all from the shown counts. `movement_tests`: from_time, to_time,
        about, method, status, n, statistic (three figures), df, p_value (three decimals).

    Args:
        levels: The table `csc_levels`, in the shape of `Counts`.
        transitions: In the shape of `Transitions`, of the same dyads.
        tests: In the shape of `MovementTests`.
        profile: The rules.

    Raises:
        ContractError: A frame breaks its contract.
        DyadlinkError: The levels and the transitions do not add up to each other.
    """
    layout = lay_out(levels, transitions)
    system = layout.system(_needed())
    hidden = hide_cells(system, profile)
    told = tell_cells(system, hidden, profile)
    return {
        LEVELS_TABLE: _release_levels(layout, levels, told),
        "transitions": _release_transitions(layout, told),
        "movement_shares": _release_shares(layout, told),
        "movement_tests": _release_tests(layout, tests, told, (system, hidden), profile),
    }


def _needed() -> list[Key]:
    """What readers need, the most needed last."""
    directions = [("direction", *pair, direction) for pair, direction in product(DIRECTION_PAIRS, DIRECTIONS)]
    sides = [(side, *pair, level) for pair in PAIRS for level in reversed(COARSE) for side in ("to", "from")]
    margins = [("margin", time, level) for time in reversed(TIMES) for level in reversed(COARSE)]
    observed = [("observed", *pair) for pair in PAIRS]
    return [*directions, ("lost", "no_longer_lost"), ("lost", TOTAL), *sides, *margins, *observed, (TOTAL,)]


def _tell(layout: Layout, told: pl.DataFrame, names: list[str], rows: list[_Row]) -> pl.DataFrame:
    """One row per cell: its names, status and n."""
    found = told[[layout.place[key] for key, _ in rows]]
    return pl.concat([pl.DataFrame([r for _, r in rows], schema=names, orient="row"), found], how="horizontal")


def _release_levels(layout: Layout, levels: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    names = ["table", "variable", "level", "group"]
    rows: list[_Row] = []
    for table, variable, level, group in levels.select(names).iter_rows():
        time = variable.removeprefix("csc_level_")
        key: Key = (TOTAL,) if variable == TOTAL else ("level", time, level)
        rows.append((key, (table, variable, level, group)))
    return add_percent(_tell(layout, told, names, rows))


def _release_transitions(layout: Layout, told: pl.DataFrame) -> pl.DataFrame:
    rows: list[_Row] = []
    for pair in PAIRS:
        for one, other in product((TOTAL, *COARSE), repeat=2):
            key: Key = ("flow", *pair, one, other)
            if TOTAL in {one, other}:
                key = ("to", *pair, other) if one == TOTAL else ("from", *pair, one)
            rows.append((("observed", *pair) if one == other == TOTAL else key, (*pair, one, other)))
    frame = _tell(layout, told, _FLOW, rows)
    whole = frame.filter(to_level=TOTAL).select(*_FLOW[:3], whole="n")
    return (
        frame.join(whole, on=_FLOW[:3], maintain_order="left")
        .with_columns(percent=_percent("n", "whole"))
        .select(*_FLOW, "status", "n", "percent")
    )


def _percent(part: str, whole: str) -> pl.Expr:
    # In whole numbers, half up like the counts: see `add_percent`.
    n, of = pl.col(part), pl.col(whole)
    return pl.when(of > 0).then(((2_000 * n + of) // (2 * of) / 10).round(1))


def _release_shares(layout: Layout, told: pl.DataFrame) -> pl.DataFrame:
    rows: list[_Row] = []
    for before, after in DIRECTION_PAIRS:
        rows.append((("observed", before, after), (before, after, "observed", TOTAL)))
        rows += [(("direction", before, after, d), (before, after, "observed", d)) for d in DIRECTIONS]
    rows += [(("lost", what), ("t2", "t3", "apart_at_t2", _LOST.get(what, what))) for what in (TOTAL, *_LOST)]
    frame = _tell(layout, told, _SHARE, rows)
    whole = frame.filter(change=TOTAL).select(*_SHARE[:3], whole="n")
    # ASSUME: mothers with two dyads are too few to widen the interval of a rounded share.
    return (
        frame.join(whole, on=_SHARE[:3], maintain_order="left")
        .with_columns(percent=_percent("n", "whole"), **dict(zip(("low", "high"), _wilson("n", "whole"), strict=True)))
        .select(
            *_SHARE,
            *("status", "n", "percent"),
            *(pl.when(pl.col("change") != TOTAL).then(pl.col(e)).alias(f"percent_{e}") for e in ("low", "high")),
        )
    )


def _wilson(part: str, whole: str) -> tuple[pl.Expr, pl.Expr]:
    """Ends of Wilson's 95% interval (1927, JASA 22:209) in percent, one decimal."""
    z = NormalDist().inv_cdf(0.975)
    n, share = pl.col(whole), pl.col(part) / pl.col(whole)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * (share * (1 - share) / n + z * z / (4 * n * n)).sqrt() / (1 + z * z / n)
    return (100 * (middle - half)).round(1).clip(0), (100 * (middle + half)).round(1).clip(upper_bound=100)


def _release_tests(
    layout: Layout, tests: pl.DataFrame, told: pl.DataFrame, audited: tuple[CellSystem, Hidden], profile: Profile
) -> pl.DataFrame:
    """Tests of which neither the table is thin nor the statistic gives a hidden count away.

    McNemar's statistic is a function of two counts: a reader is taken to get both from it to the last one, and from
    every test released before it, and must still not narrow any hidden count. Stuart and Maxwell's rests on so many
    rounded counts that one number of three figures narrows none of them.
    """
    checked = check_table(tests, MovementTests, "movement_tests")
    system, hidden = audited
    statuses = []
    for row in checked.iter_rows(named=True):
        pair = (row["from_time"], row["to_time"])
        if _is_thin(row, profile) or told["n"][layout.place["observed", *pair]] is None:
            statuses.append("suppressed_primary")
        elif row["about"] in STATES:
            counted = {layout.place[way, *pair, row["about"]] for way in ("up", "down")}
            known = replace(system, exact=system.exact | counted)
            is_safe = not narrow_cells(known, hidden, profile)
            system = known if is_safe else system
            statuses.append("rounded" if is_safe else "suppressed_secondary")
        else:
            statuses.append("rounded")
    sizes = [told["n"][layout.place["observed", before, after]] for before, after in checked.select(_FLOW[:2]).rows()]
    is_shown = pl.col("status") == "rounded"
    return checked.with_columns(status=pl.Series(statuses, dtype=pl.String), n=pl.Series(sizes, dtype=pl.Int64)).select(
        *("from_time", "to_time", "about", "method", "status"),
        *(
            pl.when(is_shown).then(value).alias(name)
            for name, value in {
                "n": pl.col("n"),
                "statistic": pl.col("statistic").round_sig_figs(3),
                "df": pl.col("df"),
                "p_value": pl.col("p_value").round(DECIMALS),
            }.items()
        ),
    )


def _is_thin(row: dict[str, Any], profile: Profile) -> bool:
    moved, df = row["n_moved_mothers"] or 0, row["df"] or 0
    counts = ("n_up", "n_down", "n_least_moved") if row["about"] in STATES else ("n_least_moved",)
    return moved - df < profile.minimum_residual_df or any((row[c] or 0) < profile.threshold for c in counts)
