"""Readmission, which comes after time zero: as a covariate that changes, or as known at a landmark.

Whoever was readmitted in the year had to stay under observation without the event until then. Taken as if known at T2,
those event-free days count for readmission (immortal-time bias: Suissa 2008, Am J Epidemiol 167:492).
"""

from __future__ import annotations

from typing import Literal

import polars as pl

TimeVarying = Literal["readmission"]
READMISSION = "readmission"
"""Name of the term, yes against no."""


def split_at_readmission(cases: pl.DataFrame) -> pl.DataFrame:
    """Each dyad's time, split where its mother was readmitted: start and stop, as a Cox model reads them.

    A readmission on the day of the event does not precede it, and splits nothing.

    Args:
        cases: One row per dyad: `days`, `event`, `readmission_days`, and any other columns.

    Returns:
        One row per dyad and stretch, in the order of the dyads and of time; `entry` and `days` are its first and last
        day, `event` and `competing` are those of its end, `readmission` says whether it comes after one, `is_last`
        whether it is the dyad's last.
    """
    is_split = (pl.col("readmission_days") < pl.col("days")).fill_null(value=False)
    whole = cases.with_row_index("order").with_columns(is_split=is_split)
    before = whole.with_columns(
        pl.lit(0.0).alias("entry"),
        pl.when("is_split").then(pl.col("readmission_days").cast(pl.Float64)).otherwise("days").alias("days"),
        *(pl.col(name) & ~pl.col("is_split") for name in ("event", "competing")),
        pl.lit(value=False).alias(READMISSION),
        (~pl.col("is_split")).alias("is_last"),
    )
    after = whole.filter("is_split").with_columns(
        pl.col("readmission_days").cast(pl.Float64).alias("entry"),
        pl.lit(value=True).alias(READMISSION),
        pl.lit(value=True).alias("is_last"),
    )
    stretches = pl.concat([before, after.select(before.columns)])
    return stretches.sort("order", "entry").drop("order", "is_split")


def still_at_risk(outcome: str, landmark_days: int) -> pl.Expr:
    """Whether a dyad is event-free and in sight when the day of the landmark has passed."""
    lasted = "follow_up_days" if outcome == "o2" else f"{outcome}_days"
    return pl.col(lasted) > landmark_days


def readmitted_by(landmark_days: int) -> pl.Expr:
    """The term `readmission`: readmitted by the landmark."""
    return (pl.col("readmission_days") <= landmark_days).fill_null(value=False).alias(READMISSION)
