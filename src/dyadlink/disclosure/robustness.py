"""Released leave-one-out ranges, performance and prediction: no count, no authority, no person."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.estimates import is_model_safe
from dyadlink.disclosure.expressions import DECIMALS, null_unless
from dyadlink.disclosure.profiles import Profile
from dyadlink.estimates import LeaveOneOut, Performance, PredictionMeasures
from dyadlink.schemas import check_table

RANGE_DECIMALS = 2
"""Of the log scale: a range is told more coarsely than the estimates it is of."""

_ENDS = {"ratio_least": "least", "ratio_greatest": "greatest"}
_FIGURES = ["apparent", "conf_low", "conf_high", "optimism", "corrected"]


def protect_leave_one_out(ranges: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (model, term, level), in the order of the input.

    Columns: model, outcome, family, population, term, level, reference, status (shown, suppressed_primary), least and
    greatest (log scale, two decimals), ratio_least, ratio_greatest (their exponentials, two decimals), changed: for
    how many of the authorities left out the 95% interval lies on another side of 1 than that of all dyads (never,
    under_a_tenth, a_tenth_to_half, over_half). A row is shown where every fit, whoever is left out, has as many people,
    events and non-events in the model, at the level and at its reference as an estimate needs, and at least as many
    groups of authorities are left out in turn as a count must have. Why a row is hidden is not told: that a model has
    no estimate without some authority would narrow a small count.

    Raises:
        ContractError: The frame breaks the contract `LeaveOneOut`.
    """
    k = profile.threshold
    checked = check_table(ranges, LeaveOneOut, "leave_one_out")
    is_safe = (
        (pl.col("n_least") - pl.col("n_parameters") >= profile.minimum_residual_df)
        & (pl.col("n_least_outcome") >= k)
        & (pl.col("n_smallest").is_null() | (pl.col("n_smallest") >= k))
        & (pl.col("n_groups") >= k)
        & (pl.col("n_fits") == pl.col("n_groups"))
        & pl.col("least").is_not_null()
    )
    share = pl.col("n_changed") / pl.col("n_groups")
    changed = (
        pl.when(pl.col("n_changed") == 0)
        .then(pl.lit("never"))
        .when(share < 0.1)
        .then(pl.lit("under_a_tenth"))
        .when(share <= 0.5)
        .then(pl.lit("a_tenth_to_half"))
        .otherwise(pl.lit("over_half"))
    )
    return (
        checked.with_columns(
            status=pl.when(is_safe).then(pl.lit("shown")).otherwise(pl.lit("suppressed_primary")), changed=changed
        )
        .with_columns(*null_unless(pl.col("status") == "shown", [*_ENDS.values(), "changed"]))
        .with_columns(rounded_figures([*_ENDS.values()], RANGE_DECIMALS))
        .with_columns(pl.col(log).exp().round(RANGE_DECIMALS).alias(name) for name, log in _ENDS.items())
        .select(
            *("model", "outcome", "family", "population", "term", "level", "reference", "status"),
            *(*_ENDS.values(), *_ENDS, "changed"),
        )
    )


def rounded_figures(columns: list[str], decimals: int) -> list[pl.Expr]:
    """The columns rounded, and what rounds to nothing without a sign: -0.0 would tell on which side it was."""
    rounded = [pl.col(column).round(decimals) for column in columns]
    return [
        pl.when(value == 0).then(0.0).otherwise(value).alias(name) for name, value in zip(columns, rounded, strict=True)
    ]


def protect_performance(performance: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (model, measure), in the order of the input.

    Columns: model, outcome, family, population, measure, status (shown, suppressed_primary), apparent, conf_low,
    conf_high, optimism, corrected (three decimals). A model is hidden where its estimates would be, or where it has no
    figure; which of the two is not told, nor how many resamples had no estimate: they are those that drew nobody of a
    rare level with the outcome, and their share would give its count away.

    Raises:
        ContractError: The frame breaks the contract `Performance`.
    """
    checked = check_table(performance, Performance, "performance")
    is_shown = is_model_safe(profile) & pl.col("apparent").is_not_null()
    return (
        checked.with_columns(status=pl.when(is_shown).then(pl.lit("shown")).otherwise(pl.lit("suppressed_primary")))
        .with_columns(*null_unless(pl.col("status") == "shown", _FIGURES))
        .with_columns(rounded_figures(_FIGURES, DECIMALS))
        .select("model", "outcome", "family", "population", "measure", "status", *_FIGURES)
    )


def protect_prediction(measures: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (outcome, measure), in the order of the input.

    Columns: outcome, population, measure, status (shown, suppressed_primary), estimate, conf_low, conf_high (three
    decimals). An outcome is hidden where a model of as many people, events and parameters would be.

    Raises:
        ContractError: The frame breaks the contract `PredictionMeasures`.
    """
    figures = ["estimate", "conf_low", "conf_high"]
    checked = check_table(measures, PredictionMeasures, "prediction")
    is_shown = is_model_safe(profile) & pl.col("estimate").is_not_null()
    return (
        checked.with_columns(status=pl.when(is_shown).then(pl.lit("shown")).otherwise(pl.lit("suppressed_primary")))
        .with_columns(*null_unless(pl.col("status") == "shown", figures))
        .with_columns(rounded_figures(figures, DECIMALS))
        .select("outcome", "population", "measure", "status", *figures)
    )
