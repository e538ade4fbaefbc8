"""Released cumulative incidence: few, wide steps, so that no event and no censoring shows.

Steps and numbers at risk have rules of their own. In a cohort followed for a fixed time nearly all are censored on
its last day: asking for censorings between the steps too would leave one step. Few censorings are hidden by leaving
out the numbers at risk that would show them.

Where hardly anybody is censored an estimate is the share of events among n. Only one n below 1,000 may have such
shares on all days to three decimals, hidden or not, and with it every count follows. So probabilities come in steps of
as many dyads as must have an event between two days.
"""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.counts import ALL
from dyadlink.disclosure.expressions import in_steps, rounded_count, step_of
from dyadlink.disclosure.profiles import Profile
from dyadlink.estimates import CumulativeIncidence
from dyadlink.schemas import check_table

_VALUES = ["estimate", "conf_low", "conf_high"]
_COLUMNS = ["outcome", "group", "cause", "time_days", "status", *_VALUES, "n_at_risk", "n_events"]


def protect_curves(curves: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (outcome, group, cause, reported time), and one bare status row per hidden curve.

    Columns: outcome, group, cause, time_days (days since T2; null in a status row), status, estimate,
    conf_low, conf_high (to the step of `step_of`, intervals outwards), n_at_risk (rounded, just before that day),
    n_events (rounded, up to that day; null on day 0). Between two reported times lie at least `minimum_step_events`
    events of every cause drawn; all causes share the times. Between two numbers at risk as many leave who are in no
    event drawn; a number at risk that would show fewer is null. A cause with fewer events than
    `minimum_curve_events` is given at the last time only, one with fewer than `minimum_step_events` not at
    all; and where a cause is hidden for one sub-group it is hidden for all, since they add up to the whole.

    Raises:
        ContractError: The frame breaks the contract `CumulativeIncidence`.
    """
    checked = check_table(curves, CumulativeIncidence, "cumulative_incidence").sort(
        "outcome", "group", "cause", "time_days"
    )
    parts = checked.partition_by("outcome", "group", maintain_order=True)
    if not parts:
        return checked.with_columns(status=pl.lit("")).select(_COLUMNS)
    return _hide_sibling_groups(pl.concat([_protect_group(part, profile) for part in parts]))


def _protect_group(points: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    causes = points.get_column("cause").unique(maintain_order=True).to_list()
    history = _history(points, causes).filter(pl.col("n_at_risk") >= profile.threshold)
    totals: dict[str, int] = {cause: history.item(-1, cause) for cause in causes} if history.height else {}
    shown = [cause for cause, n in totals.items() if n >= profile.minimum_step_events]
    drawn = [cause for cause in shown if totals[cause] >= profile.minimum_curve_events] or shown
    grid = _reported_times(history, drawn, profile) if shown else []
    history = _with_safe_risk_sets(history, grid, [cause for cause in causes if cause not in drawn], profile)
    pieces = [
        _released_points(points, history, cause, grid if cause in drawn else grid[-1:], profile)
        if grid and cause in shown
        else _status_row(points, cause, "suppressed_primary")
        for cause in causes
    ]
    return pl.concat(pieces)


def _history(points: pl.DataFrame, causes: list[str]) -> pl.DataFrame:
    """One row per day on record: n_at_risk, n_censored, and each cause's events up to that day."""
    days = points.group_by("time_days").agg(pl.col("n_at_risk").max(), pl.col("n_censored").max())
    events = points.pivot(on="cause", index="time_days", values="n_events")
    return (
        days.join(events, on="time_days")
        .sort("time_days")
        .with_columns(pl.col(cause).fill_null(strategy="forward").fill_null(0) for cause in causes)
    )


def _reported_times(history: pl.DataFrame, causes: list[str], profile: Profile) -> list[int]:
    """The days to report; the last day closes the last step, so that no thin step is left at the end."""
    last = (0,) * len(causes)
    times: list[int] = []
    for day, *reached in history.select("time_days", *causes).iter_rows():
        if all(now - then >= profile.minimum_step_events for now, then in zip(reached, last, strict=True)):
            times.append(day)
            last = tuple(reached)
    return [*times[:-1], history.item(-1, "time_days")] if times else []


def _with_safe_risk_sets(history: pl.DataFrame, times: list[int], undrawn: list[str], profile: Profile) -> pl.DataFrame:
    """The history, its numbers at risk null on reported days that would show few censorings or hidden events."""
    # At risk is counted just before the day, so who left on it is not gone yet.
    left_before = pl.sum_horizontal("n_censored", *undrawn).shift(1, fill_value=0)
    reported = history.select("time_days", left=left_before).filter(pl.col("time_days").is_in(times))
    unsafe: list[int] = []
    last = 0
    for day, left in reported.iter_rows():
        if left - last >= profile.minimum_step_events:
            last = left
        else:
            unsafe.append(day)
    is_unsafe = pl.col("time_days").is_in(unsafe)
    return history.with_columns(n_at_risk=pl.when(~is_unsafe).then("n_at_risk"))


def _released_points(
    points: pl.DataFrame, history: pl.DataFrame, cause: str, times: list[int], profile: Profile
) -> pl.DataFrame:
    grid = pl.DataFrame({"time_days": times}, schema={"time_days": pl.Int64})
    own = points.filter(pl.col("cause") == cause).select("time_days", *_VALUES, "n_events")
    released = grid.join_asof(own, on="time_days").join(
        history.select("time_days", "n_at_risk"), on="time_days", how="left"
    )
    start = pl.DataFrame({"time_days": [0], "estimate": [0.0], "n_at_risk": [points.get_column("n_at_risk").max()]})
    first = points.head(1).select("outcome", "group")
    return (
        pl.concat([start, released], how="diagonal_relaxed")
        .with_columns(
            *in_steps(step_of(int(points.select(pl.col("n_at_risk").max()).item()), profile)),
            rounded_count("n_at_risk", profile),
            rounded_count("n_events", profile),
            outcome=pl.lit(first.item(0, "outcome")),
            group=pl.lit(first.item(0, "group")),
            cause=pl.lit(cause),
            status=pl.lit("rounded"),
        )
        .select(_COLUMNS)
    )


def _status_row(points: pl.DataFrame, cause: str, status: str) -> pl.DataFrame:
    row = points.head(1).select("outcome", "group", cause=pl.lit(cause), status=pl.lit(status))
    empty = {"time_days": pl.Int64, "n_at_risk": pl.Int64, "n_events": pl.Int64}
    return row.with_columns(
        *(pl.lit(None, pl.Float64).alias(value) for value in _VALUES),
        *(pl.lit(None, kind).alias(column) for column, kind in empty.items()),
    ).select(_COLUMNS)


def _hide_sibling_groups(released: pl.DataFrame) -> pl.DataFrame:
    is_hidden = pl.col("status").str.starts_with("suppressed")
    is_part = pl.col("group") != ALL
    parts = released.filter(is_part & is_hidden).select("outcome", "cause").unique()
    siblings = released.filter(is_part & ~is_hidden).join(parts, on=["outcome", "cause"], how="semi")
    hidden = [
        _status_row(part, part.item(0, "cause"), "suppressed_secondary")
        for part in siblings.partition_by("outcome", "group", "cause", maintain_order=True)
    ]
    kept = released.join(siblings, on=["outcome", "group", "cause"], how="anti", maintain_order="left")
    return pl.concat([kept, *hidden]).sort("outcome", "group", "cause", "time_days", nulls_last=True)
