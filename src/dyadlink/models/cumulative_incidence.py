"""Cumulative incidence of a first plan and of custody loss, with competing events, and of the end of follow-up."""

from __future__ import annotations

from typing import cast

import numpy as np
import polars as pl

from dyadlink.estimates import CumulativeIncidence
from dyadlink.intervals import Z_95
from dyadlink.models.incidence_curves import IncidenceCurves, draw_curves
from dyadlink.models.populations import CAUSES
from dyadlink.schemas import check_table
from dyadlink.schemas.analysis import CUT_SHORT

CENSORED = "censored"
GROUPS: dict[str, pl.Expr] = {
    "all": pl.lit(True),
    "involved": pl.col("o1"),
    "not_involved": ~pl.col("o1"),
}
"""Everyone at risk, and by involvement during the acute episode (known at time zero)."""


FOLLOW_UP = "follow_up"
LOST_TO_FOLLOW_UP = "lost_to_follow_up"


def estimate_cumulative_incidence(analysis: pl.DataFrame) -> pl.DataFrame:
    """Cumulative incidence of every cause that ends the time at risk for O3 and O4, overall and by O1.

    Beside them, as outcome `follow_up`, one minus the reverse Kaplan-Meier curve of follow-up: the share that a move or
    the end of the data would have taken out of sight, a death and T3 censoring it (Schemper & Smith 1996, Control
    Clin Trials 17:343).

    Args:
        analysis: A table that obeys `Analysis`.

    Returns:
        One row per (outcome, group, cause, time_days), at day 0 and each day with an event or a censoring. A
        group with nobody at risk has no rows. Columns as in `CumulativeIncidence`; see `aalen_johansen`.
    """
    curves = [
        _outcome_curve(analysis.filter(pl.col(f"{outcome}_at_risk") & is_member), outcome, causes).with_columns(
            outcome=pl.lit(outcome), group=pl.lit(group)
        )
        for outcome, causes in CAUSES.items()
        for group, is_member in GROUPS.items()
    ]
    curves.append(_lost_to_follow_up(analysis).with_columns(outcome=pl.lit(FOLLOW_UP), group=pl.lit("all")))
    return check_table(pl.concat(curves), CumulativeIncidence, "cumulative_incidence")


def _lost_to_follow_up(analysis: pl.DataFrame) -> pl.DataFrame:
    is_lost = pl.col("end_reason").is_in(CUT_SHORT)
    columns = (
        analysis.filter(pl.col("follow_up_days") > 0)
        .sort("dyad_id")
        .select(
            days="follow_up_days",
            event=pl.when(is_lost).then(pl.lit(LOST_TO_FOLLOW_UP)).otherwise(pl.lit(CENSORED)),
            cluster="mother_number",
        )
    )
    return aalen_johansen(columns, (LOST_TO_FOLLOW_UP,))


def _outcome_curve(at_risk: pl.DataFrame, outcome: str, causes: tuple[str, ...]) -> pl.DataFrame:
    columns = at_risk.sort("dyad_id").select(days=f"{outcome}_days", event=f"{outcome}_event", cluster="mother_number")
    return aalen_johansen(columns, causes)


def aalen_johansen(at_risk: pl.DataFrame, causes: tuple[str, ...]) -> pl.DataFrame:
    """Aalen-Johansen curves, exact with tied days.

    The standard error is the infinitesimal jackknife summed over clusters, so that twins count as one mother (R's
    survfit 3.5.3 ignores `cluster =` here; summing its `influence.pstate` gives these figures: `draw_curves`). The 95%
    interval is on the log(-log) scale, which keeps it inside 0 and 1; it is null where the standard
    error is 0 (before the first event). Source: Aalen & Johansen 1978; Austin 2016.

    Args:
        at_risk: One row per dyad: `days`, `event` (a cause or 'censored') and `cluster`; where dyads come late,
            `entry`, from when on they are at risk.
        causes: Every cause that ends the time at risk.

    Returns:
        One row per (cause, time_days), causes in the order given: estimate, std_error, conf_low, conf_high,
        n_at_risk, n_events and n_censored (both cumulative). `time_days` has the type of `days`.
    """
    if at_risk.is_empty():
        return pl.DataFrame(schema=_CURVE_SCHEMA)
    if "entry" in at_risk.columns:
        return _curves_of_late_rows(at_risk, causes)
    states = pl.Enum([CENSORED, *causes])
    rows = at_risk.sort("cluster", "days", "event").select(
        "days", cause=pl.col("event").cast(states).to_physical().cast(pl.Int64), cluster=pl.col("cluster").rle_id()
    )
    days, cause, cluster = (rows.get_column(name).to_numpy() for name in rows.columns)
    curves = draw_curves(days, cause, cluster.astype(np.int64), len(causes))
    return pl.concat(_cause_curve(curves, number, name) for number, name in enumerate(causes))


_CURVE_SCHEMA: dict[str, type[pl.DataType]] = {
    "cause": pl.String,
    "time_days": pl.Int64,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "n_at_risk": pl.Int64,
    "n_events": pl.Int64,
    "n_censored": pl.Int64,
}


def _cause_curve(curves: IncidenceCurves, number: int, cause: str) -> pl.DataFrame:
    """The curve of one cause, from day 0 on, when nothing has happened yet."""
    estimate, error = curves.incidence[:, number].clip(0, 1), curves.std_error[:, number]
    has_interval = error > 0
    low, high = np.full((2, len(error)), np.nan)
    inside = estimate[has_interval]
    half = Z_95 * error[has_interval] / (inside * np.log(inside))
    low[has_interval], high[has_interval] = inside ** np.exp(-half), inside ** np.exp(half)
    n_left = curves.n_leaving.cumsum(axis=0)
    columns = {
        "time_days": (0, curves.days),
        "estimate": (0.0, estimate),
        "std_error": (0.0, error),
        "conf_low": (np.nan, low),
        "conf_high": (np.nan, high),
        "n_at_risk": (curves.n_at_risk[0], curves.n_at_risk),
        "n_events": (0, n_left[:, number + 1]),
        "n_censored": (0, n_left[:, 0]),
    }
    series = [pl.Series(name, np.append(*parts), nan_to_null=True) for name, parts in columns.items()]
    return pl.DataFrame([pl.Series("cause", [cause]).new_from_index(0, len(estimate) + 1), *series])


def _curves_of_late_rows(at_risk: pl.DataFrame, causes: tuple[str, ...]) -> pl.DataFrame:
    counts = _cumulative_counts(at_risk, causes)
    figures = _jackknife_curves(at_risk, causes)
    return pl.concat(_late_curve(cause, counts, figures[cause]) for cause in causes)


def _cumulative_counts(at_risk: pl.DataFrame, causes: tuple[str, ...]) -> pl.DataFrame:
    """One row per day, ascending: dyads at risk just before it, and a running count of each way out."""
    ways = (*causes, CENSORED)
    daily = at_risk.group_by("days").agg((pl.col("event") == way).sum().cast(pl.Int64).alias(way) for way in ways)
    day_zero = daily.clear(1).with_columns(pl.lit(0).alias(name) for name in daily.columns).cast(daily.schema)
    running = pl.concat([day_zero, daily]).sort("days").with_columns(pl.col(way).cum_sum() for way in ways)
    n_gone = pl.sum_horizontal(ways)
    return running.with_columns(n_at_risk=_n_entered(at_risk, running) - n_gone.shift(1, fill_value=0))


def _n_entered(at_risk: pl.DataFrame, running: pl.DataFrame) -> pl.Series:
    """Of each day, how many have come before it; at day 0, where nobody can have come late, who is there then."""
    entries = at_risk.get_column("entry").sort()
    days = running.get_column("days")
    n_before = entries.search_sorted(days, side="left")
    n_at_start = entries.search_sorted(0, side="right")
    return pl.select(pl.when(days == 0).then(n_at_start).otherwise(n_before).cast(pl.Int64)).to_series()


def _jackknife_curves(at_risk: pl.DataFrame, causes: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    import survival  # noqa: PLC0415 - heavy

    states = pl.Enum([CENSORED, *causes])
    data = at_risk.with_columns(pl.col("event").cast(states), pl.col("days", "^entry$").cast(pl.Float64))
    data = data.with_row_index("row")
    fit = survival.survfit("Surv(entry, days, event) ~ 1", data, cluster="cluster", conf_type="log-log", id="row")
    result = cast("survival.SurvfitMultiStateResult", fit)
    days = pl.Series(np.asarray(result.time)).cast(at_risk.schema["days"])
    fields = {"estimate": "pstate", "std_error": "std_err", "conf_low": "lower", "conf_high": "upper"}
    curves = {}
    for cause in causes:
        state = result.states.index(cause)
        columns = {name: np.asarray(getattr(result, field))[:, state] for name, field in fields.items()}
        curves[cause] = pl.DataFrame({"days": days, **columns})
    return curves


def _late_curve(cause: str, counts: pl.DataFrame, figures: pl.DataFrame) -> pl.DataFrame:
    joined = counts.join(figures, on="days", how="left", validate="1:1", maintain_order="left")
    has_interval = pl.col("std_error") > 0
    return joined.select(
        cause=pl.lit(cause),
        time_days="days",
        # Day 0 is not among the library's days: nothing has happened yet.
        estimate=pl.when(pl.col("days") == 0).then(0.0).otherwise(pl.col("estimate")).clip(0, 1),
        std_error=pl.when(pl.col("days") == 0).then(0.0).otherwise(pl.col("std_error")),
        conf_low=pl.when(has_interval).then("conf_low"),
        conf_high=pl.when(has_interval).then("conf_high"),
        n_at_risk="n_at_risk",
        n_events=cause,
        n_censored=CENSORED,
    )
