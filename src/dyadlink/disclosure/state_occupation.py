"""Released probabilities of the states of custody: few days, and so coarse that a step is at least ten dyads.

Probabilities of all states add up to one, and their days are those of the released curve of custody loss: who left the
mother's custody between two days is what that curve shows. So days are never other than that curve's, death is put
together with elsewhere (with few deaths the two curves would give each away), and each figure is rounded to a step of
as many dyads as must have an event between two days of a curve: a difference of figures, of days or of states, tells
no fewer than that.
"""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.expressions import in_steps, rounded_count, step_of
from dyadlink.disclosure.profiles import Profile
from dyadlink.estimates import StateOccupation
from dyadlink.schemas import check_table

WITH_MOTHER, RETURNED, ELSEWHERE = "with_mother", "returned", "elsewhere"
RELEASED = (WITH_MOTHER, "apart", RETURNED, "elsewhere_or_dead")
COARSEST = 0.1
"""A cohort that would need a coarser step is too small for any of it."""

_FIGURES = ["estimate", "conf_low", "conf_high"]
_COLUMNS = ["state", "time_days", "status", *_FIGURES, "n"]


def protect_state_occupation(occupation: pl.DataFrame, curves: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (state, reported day) that is shown, and one bare status row per state with a hidden day.

    Columns: state (of `RELEASED`), time_days, status (rounded, suppressed_primary, suppressed_secondary), estimate,
    conf_low, conf_high (to the step of `step_of`, intervals outwards), n (dyads at day 0, rounded; on day 0 alone).
    Hidden are, on each day, states with fewer dyads than the threshold (of elsewhere or dead the dead do not count);
    and further ones, the smallest first, until the rest left to the hidden ones leaves each of them as many possible
    values as the threshold.

    Args:
        occupation: In the shape of `StateOccupation`.
        curves: The released table `cumulative_incidence`.
        profile: What may leave.

    Raises:
        ContractError: The frame breaks its contract.
    """
    checked = check_table(occupation, StateOccupation, "state_occupation")
    days = _days_of(curves)
    step = step_of(checked.item(0, "n"), profile) if checked.height else 1.0
    if not days or step > COARSEST:
        return pl.concat(_bare(state, "suppressed_secondary") for state in RELEASED)
    by_day = [_day(checked, day, step, profile) for day in days]
    shown = pl.concat(by_day).select(_COLUMNS).cast({"n": pl.Int64})
    bare = [
        _bare(state, min(hidden))
        for state in RELEASED
        if (hidden := shown.filter(pl.col("status").str.starts_with("suppressed"), state=state)["status"].to_list())
    ]
    kept = shown.filter(pl.col("status") == "rounded")
    order = {state: place for place, state in enumerate(RELEASED)}
    return pl.concat([kept, *bare]).sort(
        pl.col("state").replace_strict(order), "time_days", nulls_last=True, maintain_order=True
    )


def _days_of(curves: pl.DataFrame) -> list[int]:
    loss = curves.filter(pl.col("time_days").is_not_null(), outcome="o4", group="all")
    return sorted(loss["time_days"].unique().to_list())


def _day(occupation: pl.DataFrame, day: int, step: float, profile: Profile) -> pl.DataFrame:
    """The released states on one day, those that must be hidden marked so and empty."""
    now = occupation.filter(pl.col("time_days") <= day).group_by("state").last()
    elsewhere = now.filter(state=ELSEWHERE)["n_in_state"].item()
    rows = (
        pl.DataFrame({"state": RELEASED})
        .join(now, on="state", how="left", maintain_order="left")
        .with_columns(
            time_days=pl.lit(day, pl.Int64),
            exact="estimate",
            n_told=pl.when(pl.col("state") == RELEASED[-1]).then(pl.lit(elsewhere)).otherwise("n_in_state"),
            # Nobody has returned on day 0: that is no count.
            is_fixed=(pl.col("state") == RETURNED) & (pl.lit(day) == 0),
        )
        .with_columns(in_steps(step))
    )
    is_small = (pl.col("n_told") < profile.threshold) | (pl.col("estimate") == 0)
    rows = rows.with_columns(
        status=pl.when(is_small & ~pl.col("is_fixed")).then(pl.lit("suppressed_primary")).otherwise(pl.lit("rounded"))
    )
    while not _is_safe(rows, step, profile):
        smallest = rows.filter(pl.col("status") == "rounded", ~pl.col("is_fixed")).sort("exact").item(0, "state")
        is_next = pl.col("state") == smallest
        rows = rows.with_columns(status=pl.when(is_next).then(pl.lit("suppressed_secondary")).otherwise("status"))
    is_shown = pl.col("status") == "rounded"
    return rows.with_columns(
        *(pl.when(is_shown).then(name).alias(name) for name in _FIGURES),
        n=pl.when(is_shown & (pl.lit(day) == 0)).then(rounded_count("n", profile)),
    )


def _is_safe(rows: pl.DataFrame, step: float, profile: Profile) -> bool:
    """Whether what the shown states leave to the hidden ones is wide enough for each of these.

    The mother's custody is taken for known better than it is shown: on day 0 by the rounded number at risk of its loss,
    and then exactly, as the curve of custody loss follows it.
    """
    is_hidden = rows["status"] != "rounded"
    n_hidden, n = int(is_hidden.sum()), rows.item(0, "n")
    if n_hidden in {0, rows.height}:
        return True
    least = most = 0.0
    for row in rows.filter(~is_hidden).iter_rows(named=True):
        low, high = row["estimate"] - step / 2, row["estimate"] + step / 2
        if row["is_fixed"]:
            low = high = 0.0
        elif row["state"] == WITH_MOTHER and row["time_days"] == 0:
            middle, half = profile.round_count(row["n_in_state"]) / n, profile.rounding_base / 2 / n
            low, high = middle - half, middle + half
        elif row["state"] == WITH_MOTHER:
            low = high = row["exact"]
        least, most = least + low, most + high
    floor = max(1 - most, 0.0) if n_hidden == 1 else 0.0
    return bool((1 - least - floor) * n >= profile.threshold)


def _bare(state: str, status: str) -> pl.DataFrame:
    row = dict.fromkeys(_COLUMNS) | {"state": state, "status": status}
    kinds = {"state": pl.String, "time_days": pl.Int64, "status": pl.String, "n": pl.Int64}
    return pl.DataFrame([row], schema=kinds | dict.fromkeys(_FIGURES, pl.Float64)).select(_COLUMNS)
