"""Estimates of a term that is alone in its fit, moved to what rounded counts give."""

from __future__ import annotations

import math

import polars as pl

from dyadlink.disclosure.profiles import Profile

LARGEST_MOVE = 0.2
"""On the log scale; an estimate that rounding could move further is hidden."""

_WITH_ODDS = ("maximum_likelihood", "firth", "crude_table")
_SIDES = ("level", "reference")


def is_lone_level() -> pl.Expr:
    """Whether a row of `Estimates` is of a level, and its term alone in the fit: the fit is a table of two by two.

    Then estimate, interval and p-value together give every cell of the table back, to the last dyad.
    """
    is_only_minimal_term = (pl.col("adjustment") == "minimal") & (pl.col("minimal_terms") == pl.col("term"))
    is_alone = (pl.col("adjustment") == "unadjusted") | is_only_minimal_term | has_one_term()
    return is_alone & (pl.col("level") != "")


def has_one_term() -> pl.Expr:
    """Whether a model, with its rows (term, level), has no parameter but those of one term and an intercept."""
    n_levels = pl.struct("term", "level").n_unique().over("model")
    return (pl.col("term").n_unique().over("model") == 1) & (pl.col("n_parameters") <= n_levels + 1)


def with_rounded_counts(estimates: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The estimates with those of lone levels moved, and a column `is_moved_far`, never null: those to be hidden.

    Without rounding nothing moves, and all of them are.

    The log ratio moves by as much as the crude log odds ratio (of a model of time: the crude log ratio of risks) moves
    when its counts are rounded, and the standard error and both halves of the interval by the factor by which that
    ratio's own standard error does (Woolf 1955, Ann Hum Genet 19:251); the p-value is Wald's of these. So what is shown
    is what the rounded counts give, times what tells of no count: clustering, and when in the year events happened.

    Args:
        estimates: In the shape of `Estimates`.
        profile: Its rounding.
    """
    exact = {f"events_{side}": pl.col(f"n_events_{side}") for side in _SIDES}
    exact |= {f"others_{side}": pl.col(f"n_{side}") - pl.col(f"n_events_{side}") for side in _SIDES}
    half, base = profile.rounding_base // 2, profile.rounding_base
    rounded = {name: (cell + half) // base * base for name, cell in exact.items()}
    shift = _log_ratio(rounded) - _log_ratio(exact)
    factor = (_variance(rounded) / _variance(exact)).sqrt()
    worst = pl.sum_horizontal(half / cell for cell in rounded.values())
    is_lone = is_lone_level().fill_null(value=False)
    moved = pl.col("estimate") + shift
    ends = {end: moved + (pl.col(end) - pl.col("estimate")) * factor for end in ("conf_low", "conf_high")}
    error = pl.col("std_error") * factor
    figures = {"estimate": moved, "std_error": error, **ends}
    p_values = [
        None if z is None or not math.isfinite(z) else math.erfc(abs(z) / math.sqrt(2))
        for z in estimates.select(moved / error).to_series()
    ]
    return estimates.with_columns(
        *(pl.when(is_lone).then(figure).otherwise(name).alias(name) for name, figure in figures.items()),
        p_value=pl.when(is_lone).then(pl.Series(p_values, dtype=pl.Float64)).otherwise("p_value"),
        is_moved_far=is_lone & (pl.lit(base == 1) | (worst > LARGEST_MOVE).fill_null(value=True)),
    )


def _is_of_odds() -> pl.Expr:
    return pl.col("method").is_in(_WITH_ODDS)


def _log_ratio(cells: dict[str, pl.Expr]) -> pl.Expr:
    def odds(side: str) -> pl.Expr:
        events, others = cells[f"events_{side}"], cells[f"others_{side}"]
        return (events / pl.when(_is_of_odds()).then(others).otherwise(events + others)).log()

    return odds("level") - odds("reference")


def _variance(cells: dict[str, pl.Expr]) -> pl.Expr:
    events = pl.sum_horizontal(1 / cells[f"events_{side}"] for side in _SIDES)
    others = pl.sum_horizontal(1 / cells[f"others_{side}"] for side in _SIDES)
    return events + pl.when(_is_of_odds()).then(others).otherwise(0.0)
