"""Released levels, transitions, shares that moved, and tests of equal margins: protected together."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from statistics import NormalDist
from typing import Any

import polars as pl

from dyadlink.disclosure.audit import Audit
from dyadlink.disclosure.cells import Reading, Told, protect_alone
from dyadlink.disclosure.counts import add_percent
from dyadlink.disclosure.expressions import DECIMALS
from dyadlink.disclosure.movement_system import (
    COARSE,
    LEVELS_TABLE,
    STATES,
    Key,
    Layout,
    lay_out,
)
from dyadlink.disclosure.people import TOTAL, Study
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import Builder
from dyadlink.schemas import check_table
from dyadlink.schemas.movement import DIRECTION_PAIRS, DIRECTIONS, PAIRS, MovementTests

_FLOW = ["from_time", "to_time", "from_level", "to_level"]
_SHARE = ["from_time", "to_time", "among", "change"]
_Row = tuple[Key, tuple[str, ...]]
"""A cell, and what its row of the released table is called."""
_LOST = {"still_lost": "still_apart", "no_longer_lost": "no_longer_apart"}


def protect_movement(
    levels: pl.DataFrame, transitions: pl.DataFrame, tests: pl.DataFrame, profile: Profile
) -> dict[str, pl.DataFrame]:
    """The four tables as a system of their own: see `lay_out_movement`."""
    frames = (levels, transitions, tests)
    return protect_alone(lambda builder: lay_out_movement(builder, frames, Study(), profile), profile)


def lay_out_movement(
    builder: Builder, frames: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], study: Study, profile: Profile
) -> Reading:
    """What takes the four tables out of the system: the transitions' margins are the levels' own counts.

    Returns:
        `csc_levels`: as `protect_counts` gives it. `transitions`, of dyads observed at both times: from_time, to_time,
        from_level, to_level ('total' for the margins), status, n, percent (of the shown from-level's total); all others
        are `not_observed` of `csc_levels`. `movement_shares`: from_time, to_time,
        among (observed: at both times; apart_at_t2: of these, apart or elsewhere at T2), change, status, n, percent,
        percent_low, percent_high (95%, Wilson 1927), all from the shown counts. `movement_tests`: from_time, to_time,
        about, method, status, n, statistic (three figures), df, p_value (three decimals).

    Args:
        builder: The system; the counts are added to it.
        frames: The table `csc_levels`, in the shape of `Counts`; transitions in the shape of `Transitions`, of the same
            dyads; tests in the shape of `MovementTests`.
        study: Who is counted in which cell.
        profile: The rules.

    Raises:
        ContractError: A frame breaks its contract.
        DyadlinkError: The levels and the transitions do not add up to each other.
    """
    levels, transitions, tests = frames
    layout = lay_out(builder, levels, transitions, study)

    def read(told: Told) -> dict[str, pl.DataFrame]:
        return {
            LEVELS_TABLE: _release_levels(layout, levels, told),
            "transitions": _release_transitions(layout, told),
            "movement_shares": _release_shares(layout, told),
            "movement_tests": _release_tests(layout, tests, told, profile),
        }

    return read


def _tell(layout: Layout, told: Told, names: list[str], rows: list[_Row]) -> pl.DataFrame:
    """One row per cell: its names, status and n."""
    found = told.rows(layout.keys[key] for key, _ in rows)
    return pl.concat([pl.DataFrame([r for _, r in rows], schema=names, orient="row"), found], how="horizontal")


def _release_levels(layout: Layout, levels: pl.DataFrame, told: Told) -> pl.DataFrame:
    names = ["table", "variable", "level", "group"]
    rows: list[_Row] = []
    for table, variable, level, group in levels.select(names).iter_rows():
        time = variable.removeprefix("csc_level_")
        key: Key = (TOTAL,) if variable == TOTAL else ("level", time, level)
        rows.append((key, (table, variable, level, group)))
    return add_percent(_tell(layout, told, names, rows))


def _release_transitions(layout: Layout, told: Told) -> pl.DataFrame:
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


def _release_shares(layout: Layout, told: Told) -> pl.DataFrame:
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


def _release_tests(layout: Layout, tests: pl.DataFrame, told: Told, profile: Profile) -> pl.DataFrame:
    """Tests of which neither the table is thin nor the statistic gives a hidden count away.

    McNemar's statistic is a function of two counts: a reader is taken to get both from it to the last one, and from
    every test released before it, and must still not narrow any hidden count. Stuart and Maxwell's rests on so many
    rounded counts that one number of three figures narrows none of them.
    """
    checked = check_table(tests, MovementTests, "movement_tests")
    system = told.system
    sizes = [told.shown(layout.keys["observed", *pair]) for pair in checked.select(_FLOW[:2]).iter_rows()]
    statuses = []
    for row, size in zip(checked.iter_rows(named=True), sizes, strict=True):
        if _is_thin(row, profile) or size is None:
            statuses.append("suppressed_primary")
        elif row["about"] in STATES:
            pair = (row["from_time"], row["to_time"])
            counted = {told.place[layout.keys[way, *pair, row["about"]]] for way in ("up", "down")}
            known = replace(system, exact=system.exact | counted)
            is_safe = not Audit(known, profile).narrow(told.hidden, most=1)
            system = known if is_safe else system
            statuses.append("rounded" if is_safe else "suppressed_secondary")
        else:
            statuses.append("rounded")
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
