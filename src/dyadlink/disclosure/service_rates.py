"""Released rates of service use: worked out from the counts that are shown, and shown where these are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import polars as pl

from dyadlink.disclosure.expressions import null_unless, round_counts
from dyadlink.disclosure.people import ALL, TOTAL, YES
from dyadlink.disclosure.profiles import Profile
from dyadlink.errors import DyadlinkError
from dyadlink.estimates import DAYS_PER_YEAR, RATE_YEARS, ServiceRates
from dyadlink.intervals import poisson_interval
from dyadlink.schemas import check_table

NO, MISSING = "no", "missing"
_BED_DAYS = ("n_mbu_days", "n_ward_days")
"""Measures whose events add up to those of another one, all days in bed."""
_KEYS = ["period", "measure", "group"]
_VALUES = [
    *("n", "n_any", "percent", "n_events", "percent_of_whole", "mean_days", "person_years"),
    *("rate", "conf_low", "conf_high"),
]


def protect_service_rates(rates: pl.DataFrame, counts: Mapping[str, pl.DataFrame], profile: Profile) -> pl.DataFrame:
    """One row per (period, measure, group), in the order of the input.

    Columns: period, measure, unit, part_of, group, status, n (dyads told of), n_any (those with any), percent (of n),
    n_events (rounded), percent_of_whole (of the events of `part_of`), mean_days (observed, whole days), person_years
    (n times mean_days), rate (per 100 person-years) and its exact interval. Whoever knows person-years exactly knows n,
    where all were observed for the same days: so they are made of the rounded n. A row is empty where n or n_any is
    hidden in the counts, and where it is the smallest other group, or kind of ward, of one empty row: events over all
    would give away those of a lone one. The events of fewer dyads than the threshold are never shown, however many they
    are; nor is a sum that few dyads make up, by the profile's (n, k) and p-ratio rules.

    Args:
        rates: In the shape of `ServiceRates`.
        counts: The released tables `service_use_<period>`.
        profile: The rules.

    Raises:
        DyadlinkError: The counts of a period, measure or group are not there.
        ContractError: The rates break their contract.
    """
    checked = check_table(rates, ServiceRates, "service_rates")
    shown = pl.concat(
        _shown_counts(counts, period) for period in checked.get_column("period").unique(maintain_order=True)
    )
    joined = checked.drop("n", "n_any", "rate", "conf_low", "conf_high").join(
        shown, on=_KEYS, how="inner", maintain_order="left"
    )
    if joined.height != checked.height:
        _refuse()
    joined = _with_no_lone_gap(joined.with_columns(n_any=pl.when(~_is_dominated(profile)).then("n_any")))
    is_shown = pl.col("n").is_not_null() & pl.col("n_any").is_not_null()
    n_told = checked.get_column("n")
    rounded = joined.with_columns(
        n_events=round_counts(pl.col("n_events"), profile),
        percent=_percent("n_any", "n"),
        # Half up, as counts are rounded.
        mean_days=(pl.col("person_days") / n_told + 0.5).floor(),
        status=pl.when(is_shown | pl.col("status").str.starts_with("suppressed"))
        .then("status")
        .otherwise(pl.lit("suppressed")),
    ).with_columns(person_years=(pl.col("n") * pl.col("mean_days") / DAYS_PER_YEAR).round(1))
    return _with_rates(rounded.with_columns(_share_of_whole(rounded))).select(
        *("period", "measure", "unit", pl.col("part_of").fill_null(""), "group", "status"),
        *null_unless(is_shown, _VALUES),
    )


def _is_dominated(profile: Profile) -> pl.Expr:
    """Whether the largest one or two contributors make up too much of the sum (Hundepool et al. 2012, section 4.2)."""
    largest, whole = pl.col("n_largest"), pl.col("n_events")
    is_dominated = pl.lit(value=False)
    if profile.dominance_n is not None and profile.dominance_share is not None:
        top = largest if profile.dominance_n == 1 else largest + pl.col("n_second")
        is_dominated |= top > profile.dominance_share * whole
    if profile.p_ratio is not None:
        is_dominated |= whole - largest - pl.col("n_second") < profile.p_ratio * largest
    return is_dominated


def _shown_counts(counts: Mapping[str, pl.DataFrame], period: str) -> pl.DataFrame:
    """n, n_any and the status of n_any, as the counts show them, of each measure and group."""
    table = counts.get(f"service_use_{period}")
    if table is None:
        _refuse()
    totals = table.filter(pl.col("variable") == TOTAL).select("group", n_everyone="n")
    measured = table.filter(pl.col("variable") != TOTAL)
    wide = measured.group_by("variable", "group", maintain_order=True).agg(
        n_any=pl.col("n").filter(pl.col("level") == YES).first(),
        n_none=pl.col("n").filter(pl.col("level") == NO).first(),
        status=pl.col("status").filter(pl.col("level") == YES).first(),
        is_of_some=(pl.col("level") == MISSING).any(),
    )
    told = pl.when("is_of_some").then(pl.col("n_any") + pl.col("n_none")).otherwise("n_everyone")
    return wide.join(totals, on="group", how="left", maintain_order="left").select(
        pl.lit(period).alias("period"), pl.col("variable").alias("measure"), "group", "status", "n_any", n=told
    )


def _with_no_lone_gap(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, with n_any of one more hidden where a single group of a measure is, or a single part of a whole."""
    for is_part, whole in (
        (pl.col("measure").is_in(_BED_DAYS), ["period", "group"]),
        (pl.col("group") != ALL, ["period", "measure"]),
    ):
        is_open = pl.col("n").is_not_null() & pl.col("n_any").is_not_null()
        has_lone_gap = (is_part & ~is_open).sum().over(whole) == 1
        n_any = pl.when(is_part & is_open).then("n_any")
        is_smallest = (n_any == n_any.min().over(whole)).fill_null(value=False)
        is_first = is_smallest & (is_smallest.cum_sum().over(whole) == 1)
        rows = rows.with_columns(n_any=pl.when(~(has_lone_gap & is_first)).then("n_any"))
    return rows


def _share_of_whole(rows: pl.DataFrame) -> pl.Expr:
    is_shown = pl.col("n").is_not_null() & pl.col("n_any").is_not_null()
    wholes = rows.filter(is_shown).select("period", "group", part_of="measure", whole="n_events")
    found = rows.join(wholes, on=["period", "group", "part_of"], how="left", maintain_order="left")
    whole = found.get_column("whole")
    return pl.when(whole > 0).then((100 * pl.col("n_events") / whole).round(1)).alias("percent_of_whole")


def _with_rates(rows: pl.DataFrame) -> pl.DataFrame:
    per_event = RATE_YEARS / pl.when(pl.col("person_years") > 0).then(pl.col("person_years"))
    ends = [poisson_interval(n) for n in rows.get_column("n_events")]
    is_of_events = pl.col("unit") == "events"
    return rows.with_columns(
        rate=(pl.col("n_events") * per_event).round(1),
        conf_low=pl.when(is_of_events).then((pl.Series([low for low, _ in ends]) * per_event).round(1)),
        conf_high=pl.when(is_of_events).then((pl.Series([high for _, high in ends]) * per_event).round(1)),
    )


def _percent(part: str, whole: str) -> pl.Expr:
    return pl.when(pl.col(whole) > 0).then((100 * pl.col(part) / pl.col(whole)).round(1))


def _refuse() -> NoReturn:
    raise DyadlinkError(
        "rates come without the counts that they rest on",
        where="table service_rates",
        mend="add the counts of every period",
    )
