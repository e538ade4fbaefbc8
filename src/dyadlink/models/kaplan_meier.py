"""Kaplan-Meier curves with their medians, and the log-rank test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Median:
    """When half have had the event, with its 95% interval; a figure is null where the curve does not come so low."""

    estimate: float | None
    conf_low: float | None
    conf_high: float | None


@dataclass(frozen=True)
class LogRank:
    """Chi-squared of the log-rank test with its degrees of freedom and p-value."""

    statistic: float
    df: int
    p_value: float


def kaplan_meier(at_risk: pl.DataFrame) -> tuple[pl.DataFrame, Median]:
    """The Kaplan-Meier curve and its median, as R's survfit.

    Greenwood's standard error, and an interval on the log scale; with clusters the infinitesimal jackknife summed over
    them. The median is the middle of the flat part if the curve is one half for a while. The reverse curve of
    follow-up is that of `is_event` turned round (Schemper & Smith 1996, Control Clin Trials 17:343): at a tie, what is
    then the event comes first. Source: Kaplan & Meier 1958, J Am Stat Assoc 53:457; Brookmeyer & Crowley 1982,
    Biometrics 38:29.

    Args:
        at_risk: One row or more: `days`, `is_event`; `entry`, where rows come late; `cluster`, where they are
            clustered.

    Returns:
        One row per time, ascending, time 0 (or the first entry) the first: time, estimate (share without the event),
        std_error, conf_low, conf_high, n_at_risk just before, n_events and n_censored (both cumulative). The interval
        is null before the first event and where the estimate is 0.
    """
    import survival  # noqa: PLC0415 - heavy

    data = at_risk.with_columns(pl.col("days", "^entry$").cast(pl.Float64), pl.col("is_event").cast(pl.Int64))
    options: dict[str, Any] = {"cluster": "cluster"} if "cluster" in data.columns else {}
    fit: Any = survival.survfit(f"{_response(data)} ~ 1", data, conf_type="log", **options)
    curve = pl.DataFrame(
        {
            "time": fit.time,
            "estimate": fit.surv,
            "std_error": fit.std_err,
            "conf_low": fit.lower,
            "conf_high": fit.upper,
            "n_at_risk": fit.n_risk,
            "n_events": np.cumsum(fit.n_event),
            "n_censored": np.cumsum(fit.n_censor),
        }
    )
    has_interval = (pl.col("n_events") > 0) & (pl.col("estimate") > 0)
    counts = ("n_at_risk", "n_events", "n_censored")
    curve = curve.with_columns(
        pl.when(has_interval).then(pl.col("conf_low", "conf_high")),
        # Of Greenwood's formula it is relative, and infinite at the end of a curve that falls to 0.
        pl.when(pl.col("estimate") > 0).then(pl.col("std_error") * (pl.col("estimate") if fit.logse else 1.0)),
        pl.col(counts).round().cast(pl.Int64),
    )
    middle: Any = survival.quantile(fit, [0.5])
    return pl.concat([_start(data, curve), curve]), Median(
        *(_known(part) for part in (middle.quantile, middle.lower, middle.upper))
    )


def _response(data: pl.DataFrame) -> str:
    return "Surv(entry, days, is_event)" if "entry" in data.columns else "Surv(days, is_event)"


def _known(part: list[list[float]]) -> float | None:
    figure = float(part[0][0])
    return None if math.isnan(figure) else figure


def _start(data: pl.DataFrame, curve: pl.DataFrame) -> pl.DataFrame:
    """The row in which nothing has happened yet."""
    entries = data.get_column("entry") if "entry" in data.columns else pl.Series([0.0] * data.height)
    first = entries.min()
    figures = {
        "time": first,
        "estimate": 1.0,
        "std_error": 0.0,
        "n_at_risk": (entries == first).sum(),
        "n_events": 0,
        "n_censored": 0,
    }
    return pl.DataFrame([figures], schema=curve.schema)


def log_rank(at_risk: pl.DataFrame) -> LogRank:
    """Whether the groups' curves differ, as R's survdiff.

    Source: Mantel 1966, Cancer Chemother Rep 50:163; stratified, observed and expected are added up over strata.

    Args:
        at_risk: `days`, `is_event`, `group` (two or more) and, where groups are compared within them, `stratum`.

    Returns:
        The test; its statistic is nan where a variance cannot be told.
    """
    import survival  # noqa: PLC0415 - heavy

    within = " + strata(stratum)" if "stratum" in at_risk.columns else ""
    data = at_risk.with_columns(pl.col("days").cast(pl.Float64), pl.col("is_event").cast(pl.Int64))
    test = survival.survdiff(f"Surv(days, is_event) ~ group{within}", data)
    return LogRank(float(test.chisq), int(test.df), float(test.pvalue))
