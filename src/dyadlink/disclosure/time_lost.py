"""Released tests between groups, and days lost: where the curves that they sum up are shown."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.expressions import DECIMALS, null_unless
from dyadlink.disclosure.profiles import Profile
from dyadlink.estimates import GroupTests, TimeLost
from dyadlink.schemas import check_table

_TEST = ["statistic", "df", "p_value"]
_DAYS = ["estimate", "conf_low", "conf_high"]
_PARTS_OF = {"difference": ("involved", "not_involved")}


def protect_group_tests(tests: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (outcome, cause), in the order of the input.

    Columns: outcome, cause, status (shown, not_estimable, suppressed_primary), statistic (three significant digits),
    df, p_value (three decimals). Hidden where a group has too few dyads with, or without, an event of the cause.

    Raises:
        ContractError: The frame breaks the contract `GroupTests`.
    """
    checked = check_table(tests, GroupTests, "group_tests")
    status = (
        pl.when(pl.col("n_smallest") < profile.threshold)
        .then(pl.lit("suppressed_primary"))
        .when(pl.col("statistic").is_null())
        .then(pl.lit("not_estimable"))
        .otherwise(pl.lit("shown"))
    )
    return (
        checked.with_columns(status=status)
        .with_columns(*null_unless(pl.col("status") == "shown", _TEST))
        .with_columns(pl.col("statistic").round_sig_figs(3), pl.col("p_value").round(DECIMALS))
        .select("outcome", "cause", "status", *_TEST)
    )


def protect_time_lost(time_lost: pl.DataFrame, curves: pl.DataFrame) -> pl.DataFrame:
    """One row per (outcome, group, cause), in the order of the input.

    Columns: outcome, group, cause, horizon_days, status (shown, not_estimable, suppressed_secondary), estimate,
    conf_low and conf_high (days, one decimal). A row is empty where the curve of the cause is hidden for the group; a
    difference where it is for either group.

    Args:
        time_lost: In the shape of `TimeLost`.
        curves: The released table `cumulative_incidence`.

    Raises:
        ContractError: The days lost break their contract.
    """
    checked = check_table(time_lost, TimeLost, "time_lost")
    keys = ["outcome", "group", "cause"]
    shown = set(curves.filter(pl.col("time_days") > 0).select(keys).iter_rows())
    is_safe = pl.Series(
        [
            all((outcome, part, cause) in shown for part in _PARTS_OF.get(group, (group,)))
            for outcome, group, cause in checked.select(keys).iter_rows()
        ],
        dtype=pl.Boolean,
    )
    status = (
        pl.when(~is_safe)
        .then(pl.lit("suppressed_secondary"))
        .when(pl.col("estimate").is_null())
        .then(pl.lit("not_estimable"))
        .otherwise(pl.lit("shown"))
    )
    return (
        checked.with_columns(status=status)
        .with_columns(*null_unless(pl.col("status") == "shown", _DAYS))
        .with_columns(
            pl.col(_DAYS).round(1),
            *null_unless(~pl.col("status").str.starts_with("suppressed"), ["horizon_days"]),
        )
        .select(*keys, "horizon_days", "status", *_DAYS)
    )
