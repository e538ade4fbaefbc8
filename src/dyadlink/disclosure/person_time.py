"""Released person-time and rates of the outcomes: worked out from what the released curves show."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.expressions import null_unless
from dyadlink.estimates import DAYS_PER_YEAR, RATE_YEARS, PersonTime
from dyadlink.intervals import poisson_interval
from dyadlink.schemas import check_table

CAUSES = {"o3": "child_protection_plan", "o4": "custody_loss", "follow_up": "lost_to_follow_up"}
"""The cause of each outcome's curve that is the outcome itself."""

_VALUES = ["n", "mean_days", "person_years", "n_events", "rate", "conf_low", "conf_high"]


def protect_person_time(person_time: pl.DataFrame, curves: pl.DataFrame) -> pl.DataFrame:
    """One row per (outcome, group), in the order of the input.

    Columns: outcome, group, status, n (at risk on day 0, as the curve shows it), mean_days (whole days), person_years
    (n times mean_days), n_events (at the curve's last day), rate (per 100 person-years) and its exact interval (Garwood
    1936), from the rounded events. A row is empty where the curve of the outcome's own cause is hidden.

    Args:
        person_time: In the shape of `PersonTime`.
        curves: The released table `cumulative_incidence`.

    Raises:
        ContractError: The person-time breaks its contract.
    """
    checked = check_table(person_time, PersonTime, "person_time")
    own = curves.filter(
        pl.col("cause") == pl.col("outcome").replace_strict(CAUSES, default=None), pl.col("time_days").is_not_null()
    ).sort("time_days")
    shown = own.group_by("outcome", "group").agg(
        shown_n=pl.col("n_at_risk").first(), shown_events=pl.col("n_events").last()
    )
    joined = checked.join(shown, on=["outcome", "group"], how="left", maintain_order="left")
    is_shown = pl.col("n").is_not_null() & pl.col("n_events").is_not_null()
    rounded = joined.select(
        "outcome",
        "group",
        n="shown_n",
        # Half up, as counts are rounded.
        mean_days=(pl.col("person_days") / pl.col("n") + 0.5).floor(),
        n_events="shown_events",
    ).with_columns(person_years=(pl.col("n") * pl.col("mean_days") / DAYS_PER_YEAR).round(1))
    per_event = RATE_YEARS / pl.when(pl.col("person_years") > 0).then("person_years")
    ends = [poisson_interval(n or 0) for n in rounded["n_events"]]
    rates = rounded.with_columns(
        rate=(pl.col("n_events") * per_event).round(1),
        conf_low=(pl.Series([low for low, _ in ends], dtype=pl.Float64) * per_event).round(1),
        conf_high=(pl.Series([high for _, high in ends], dtype=pl.Float64) * per_event).round(1),
    )
    status = pl.when(is_shown).then(pl.lit("rounded")).otherwise(pl.lit("suppressed"))
    return rates.select("outcome", "group", status.alias("status"), *null_unless(is_shown, _VALUES))
