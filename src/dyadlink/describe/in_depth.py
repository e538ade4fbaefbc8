"""Dyads with custody lost and with a plan, described in depth: who they are, and where they came from.

Their levels at T2 and T3 are left to the transitions: they make the groups, so that many cells of such a table would
be zeros that everybody knows, behind which no other count can hide.
"""

from __future__ import annotations

import polars as pl

from dyadlink.describe.counting import check_accounting, count_levels_by_group, level_text, levels_of, medians_by_group
from dyadlink.describe.variables import CHARACTERISTICS, YES_NO, Variable
from dyadlink.estimates import Counts, Medians
from dyadlink.schemas import check_table
from dyadlink.schemas.movement import COARSE_LEVELS, COARSE_OF

TABLE = "custody_and_plan"
GROUPS = ("custody_lost_by_t2", "custody_lost_after_t2", "plan_without_loss", "neither")
"""Each dyad is in the first that fits: of groups that held one another the difference would be told."""
NOT_TOLD = "plans_not_told"
"""Dyads without loss whose route cannot tell plans; a column only where there is such a route."""

_CHOSEN = (
    *("maternal_age_band", "diagnosis_group", "service_type", "has_prior_admission"),
    *("has_domestic_abuse", "has_childhood_trauma"),
)
_LEVELS_BEFORE = ("csc_level_birth", "csc_level_t1")
VARIABLES: tuple[Variable, ...] = (
    *(variable for variable in CHARACTERISTICS.variables if variable.name in _CHOSEN),
    Variable("has_readmission", YES_NO),
    *(Variable(name, tuple(COARSE_LEVELS)) for name in _LEVELS_BEFORE),
)
MEDIANS = ("maternal_age_years", "infant_age_days", "episode_days")

_PLAN = "child_protection_plan"


def describe_in_depth(
    analysis: pl.DataFrame, dyads: pl.DataFrame, csc_intervals: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Counts and medians of groups that share no dyad, and of all.

    custody_lost_by_t2: lost by T2. custody_lost_after_t2: first loss in (T2, T3]. plan_without_loss: on a plan on any
    day of [T1, T3], with no loss seen. neither: neither seen up to T3, or to the end of follow-up where that is
    earlier (few: a group of their own would hide the others).

    Args:
        analysis: A table that obeys `Analysis`.
        dyads: `dyad_id`, `t1_date`, `t3_date` of the same dyads, and of any others.
        csc_intervals: As in `CscIntervals`.

    Returns:
        Table `custody_and_plan` twice, as in `Counts` and `Medians`: groups all, `GROUPS` and, where there is any,
        `NOT_TOLD`; count 0 included.

    Raises:
        ContractError: A value is none of its variable's levels, or the counts do not add up.
    """
    told = analysis.with_columns(group=_group(_dyads_with_plan(dyads, csc_intervals)))
    groups = {"all": told.get_column("dyad_id").is_not_null()}
    named = [*GROUPS, NOT_TOLD] if NOT_TOLD in told.get_column("group") else GROUPS
    groups |= {group: told.get_column("group") == group for group in named}
    texts = told.select(_text(told, variable).alias(variable.name) for variable in VARIABLES)
    levels = {variable.name: levels_of(told, variable) for variable in VARIABLES}
    counts = count_levels_by_group(texts, levels, groups).with_columns(table=pl.lit(TABLE))
    return (
        check_table(check_accounting(counts), Counts, TABLE),
        check_table(medians_by_group(told.select(MEDIANS), groups).with_columns(table=pl.lit(TABLE)), Medians, TABLE),
    )


def _dyads_with_plan(dyads: pl.DataFrame, csc_intervals: pl.DataFrame) -> pl.Series:
    """`dyad_id` of dyads on a plan on any day of [T1, T3]; an interval holds its first day and not its last."""
    plans = csc_intervals.filter(pl.col("level") == _PLAN).join(
        dyads.select("dyad_id", "t1_date", "t3_date"), on="dyad_id"
    )
    is_open_late = pl.col("end_date").is_null() | (pl.col("end_date") > pl.col("t1_date"))
    is_one_day = pl.col("start_date") == pl.col("t1_date")
    touches = (pl.col("start_date") <= pl.col("t3_date")) & (is_open_late | is_one_day)
    return plans.filter(touches).get_column("dyad_id").unique().sort()


def _group(with_plan: pl.Series) -> pl.Expr:
    lost_by_t2, lost_after, plan, neither = (pl.lit(group) for group in GROUPS)
    return (
        pl.when("is_custody_lost_by_t2")
        .then(lost_by_t2)
        .when(pl.col("o4").fill_null(value=False))
        .then(lost_after)
        .when(pl.col("dyad_id").is_in(with_plan.implode()))
        .then(plan)
        .when(pl.col("is_on_plan_at_t2").is_null())
        .then(pl.lit(NOT_TOLD))
        .otherwise(neither)
    )


def _text(frame: pl.DataFrame, variable: Variable) -> pl.Expr:
    if variable.name in _LEVELS_BEFORE:
        return pl.col(variable.name).replace_strict(COARSE_OF)
    return level_text(frame, variable.name)
