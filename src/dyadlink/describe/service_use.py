"""What mothers used of mental health care by period, and needs that records show to be unmet, by CSC involvement."""

from __future__ import annotations

import polars as pl

from dyadlink.describe.counting import check_accounting, count_levels_by_group, level_text, medians_by_group
from dyadlink.describe.variables import (
    MISSING,
    SERVICE_MEASURES,
    SERVICE_MEDIANS,
    SERVICE_NEEDS,
    SERVICE_PERIODS,
    YES_NO,
    Measure,
)
from dyadlink.estimates import DAYS_PER_YEAR, RATE_YEARS, Counts, Medians, ServiceRates
from dyadlink.intervals import poisson_interval
from dyadlink.schemas import check_table

NEEDS_TABLE = "service_needs"


def count_service_use(
    use: pl.DataFrame, needs: pl.DataFrame, analysis: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Dyads with any of each measure in each period, and by what came after discharge; and medians.

    Args:
        use: A table that obeys `ServiceUse`.
        needs: A table that obeys `ServiceNeeds`.
        analysis: A table that obeys `Analysis`, with the same dyads.

    Returns:
        Two frames, as in `Counts` and `Medians`. Tables are `service_use_<period>` (levels yes and no: the dyad had
        any) and `service_needs`; groups are all, then O1 yes and no, and missing where it is not known of some dyad.
        A median is of the dyads with any; of `readmission_days` those readmitted.

    Raises:
        ContractError: A value is none of its variable's levels, or the counts do not add up.
    """
    counts, medians = [], []
    for period in SERVICE_PERIODS:
        table = f"service_use_{period}"
        rows = _with_o1(use.filter(pl.col("period") == period), analysis)
        texts = rows.select(_any_text(measure.name) for measure in SERVICE_MEASURES)
        levels: dict[str, tuple[str, ...]] = {measure.name: YES_NO for measure in SERVICE_MEASURES}
        counts.append(count_levels_by_group(texts, levels, _groups(rows)).with_columns(table=pl.lit(table)))
        some = rows.select(pl.when(pl.col(name) > 0).then(pl.col(name)).alias(name) for name in SERVICE_MEDIANS)
        medians.append(medians_by_group(some, _groups(rows)).with_columns(table=pl.lit(table)))
    rows = _with_o1(needs, analysis).with_columns(_follow_up_text())
    texts = rows.select(level_text(rows, variable.name).alias(variable.name) for variable in SERVICE_NEEDS)
    levels = {variable.name: variable.levels for variable in SERVICE_NEEDS}
    counts.append(count_levels_by_group(texts, levels, _groups(rows)).with_columns(table=pl.lit(NEEDS_TABLE)))
    days = medians_by_group(rows.select("readmission_days"), _groups(rows))
    medians.append(days.with_columns(table=pl.lit(NEEDS_TABLE)))
    return (
        check_table(check_accounting(pl.concat(counts)), Counts, "service_use"),
        check_table(pl.concat(medians), Medians, "service_use_medians"),
    )


def measure_rates(use: pl.DataFrame, analysis: pl.DataFrame) -> pl.DataFrame:
    """How often each measure happened in each period and group, in the shape of `ServiceRates`.

    Intervals are exact for a Poisson count and take events as independent of one another; days in care are not, and
    have none. Periods, measures and groups are in reading order.

    Args:
        use: A table that obeys `ServiceUse`.
        analysis: A table that obeys `Analysis`, with the same dyads.
    """
    parts = [
        _rate(rows.filter(is_member), measure).with_columns(period=pl.lit(period), group=pl.lit(group))
        for period in SERVICE_PERIODS
        for rows in [_with_o1(use.filter(pl.col("period") == period), analysis)]
        for measure in SERVICE_MEASURES
        for group, is_member in _groups(rows).items()
    ]
    return check_table(pl.concat(parts), ServiceRates, "service_rates")


def _with_o1(rows: pl.DataFrame, analysis: pl.DataFrame) -> pl.DataFrame:
    wanted = analysis.select("dyad_id", "o1", "has_readmission", "readmission_days")
    return rows.join(wanted, on="dyad_id", how="inner", validate="1:1", maintain_order="left")


def _groups(rows: pl.DataFrame) -> dict[str, pl.Series]:
    o1 = rows.get_column("o1")
    groups = {"all": rows.get_column("dyad_id").is_not_null(), "yes": o1.fill_null(value=False), "no": ~o1}
    groups["no"] = groups["no"].fill_null(value=False)
    return {**groups, MISSING: o1.is_null()} if o1.null_count() else groups


def _follow_up_text() -> pl.Expr:
    """Seen, or not; few are readmitted or die first, and apart their counts would hide those of the others."""
    told = {"seen": "yes", "not_seen": "no", "readmitted": "readmitted_or_died", "died": "readmitted_or_died"}
    return pl.col("discharge_follow_up").replace_strict(told, return_dtype=pl.String).alias("has_discharge_follow_up")


def _any_text(name: str) -> pl.Expr:
    some = pl.col(name) > 0
    return pl.when(some).then(pl.lit("yes")).when(~some).then(pl.lit("no")).alias(name)


def _rate(rows: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    told = rows.drop_nulls(measure.name)
    n_events, days = int(told.get_column(measure.name).sum()), int(told.get_column("observed_days").sum())
    largest, second, *_ = [*told.get_column(measure.name).top_k(2).sort(descending=True), 0, 0]
    per_event = RATE_YEARS * DAYS_PER_YEAR / days if days else None
    ends = poisson_interval(n_events) if per_event and measure.unit == "events" else (None, None)
    low, high = (None if end is None or per_event is None else end * per_event for end in ends)
    row = {
        "measure": measure.name,
        "unit": measure.unit,
        "part_of": measure.part_of,
        "n": told.height,
        "n_any": int((told.get_column(measure.name) > 0).sum()),
        "n_events": n_events,
        "n_largest": largest,
        "n_second": second,
        "person_days": days,
        "rate": None if per_event is None else n_events * per_event,
        "conf_low": low,
        "conf_high": high,
    }
    texts = dict.fromkeys(("measure", "unit", "part_of"), pl.String())
    decimals = dict.fromkeys(("rate", "conf_low", "conf_high"), pl.Float64())
    return pl.DataFrame([row], schema_overrides={**texts, **decimals})
