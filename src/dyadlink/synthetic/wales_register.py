"""Children receiving care and support: the cases open on 31 March, with the child protection register."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from dyadlink.synthetic.files import write_parquet
from dyadlink.synthetic.places import day
from dyadlink.synthetic.pseudonyms import as_date
from dyadlink.synthetic.randomness import with_uniforms
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.records import CareRecords
from dyadlink.synthetic.wales_tables import CAPACITY_FLAGS, CATEGORY_FLAGS, CHECKS, MAIN_CRCS, NEVER, NO_CODE_IN_WALES

DENTAL_AGE_DAYS = SCHOOL_AGE_DAYS = 5 * 366


def write_register(
    wales: RecordedWorld, children: pl.DataFrame, years: range, rng: np.random.Generator, folder: Path
) -> pl.DataFrame:
    """Write MAIN_CRCS, one row per child, authority and year, and return its children with `last_seen`."""
    parts, seen = [], []
    for year in years:
        last = day(date(year, 3, 31))
        covered = wales.places.filter(pl.col("coverage_end") >= date(year, 3, 31)).select("la")
        here = children.join(covered, on="la", how="semi", maintain_order="left")
        rows = _snapshot(here, wales, year, last)
        parts.append(_main_rows(with_uniforms(rows, rng, *CHECKS), year, last))
        seen.append(rows.select("child", last_seen=pl.lit(last, pl.Int64)))
    write_parquet(pl.concat(parts), folder / "MAIN_CRCS.parquet")
    latest = pl.concat(seen).group_by("child").agg(pl.col("last_seen").max())
    return children.join(latest, on="child", how="inner", maintain_order="left")


def _open_on(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    return rows.filter(pl.col("start") <= last, (pl.col("end") > last).fill_null(value=True))


def _snapshot(children: pl.DataFrame, wales: RecordedWorld, year: int, last: int) -> pl.DataFrame:
    """Return children whose case has been open since 1 January, with what is true of them on 31 March."""
    records = wales.social_care.records
    since = day(date(year, 1, 1))
    cases = records.episodes.filter(
        pl.col("referral") <= since, (pl.col("closure") > last).fill_null(value=True), ~pl.col("no_action")
    )
    cases = cases.sort("referral", maintain_order=True).unique("child", keep="last", maintain_order=True)
    rows = children.join(
        cases.select("case", "child", case_need="need"), on="child", how="inner", maintain_order="left"
    )
    plans = _open_on(records.plans, last).sort("start", maintain_order=True)
    plans = plans.unique("child", keep="first", maintain_order=True)
    plans = plans.select("child", plan_start="start", category="latest_category")
    cared_for = _open_on(wales.social_care.care, last).select("child", is_looked_after=pl.lit(value=True)).unique()
    rows = rows.join(plans, on="child", how="left", maintain_order="left")
    rows = rows.join(cared_for, on="child", how="left", maintain_order="left")
    return rows.join(_latest_factors(records, last), on="case", how="left", maintain_order="left")


def _latest_factors(records: CareRecords, last: int) -> pl.DataFrame:
    done = records.assessments.filter(pl.col("authorised") <= last).sort("authorised", maintain_order=True)
    return done.unique("case", keep="last", maintain_order=True).select("case", "factors")


def _main_rows(rows: pl.DataFrame, year: int, last: int) -> pl.DataFrame:
    codes = pl.col("factors").str.split("|")

    def flag(condition: pl.Expr) -> pl.Expr:
        return condition.fill_null(value=False).cast(pl.Int16)

    columns = {
        "CHILD_CODE_E": pl.col("system_id"),
        "LOCAL_AUTHORITY_CODE": pl.col("authority"),
        "YEAR_CODE": pl.lit((year - 1) * 100 + year % 100, pl.Int32),
        "IRN_E": pl.when(last - pl.col("birth") >= SCHOOL_AGE_DAYS).then("irn"),
        "ETHNIC_ORIGIN_CODE": pl.col("ethnicity"),
        "CHILD_PROTECTION_REGISTER": flag(pl.col("plan_start").is_not_null()),
        "LOOKED_AFTER_CHILD": flag(pl.col("is_looked_after")),
        "CATEGORY_OF_NEED_CODE": pl.when(~pl.col("case_need").is_in(NO_CODE_IN_WALES)).then("case_need"),
        "LANGUAGE": pl.lit(None, pl.String),
        "HEALTH_AUTISTIC_SPECTRUM_DISORDER": flag(pl.col("disability") == "AUT"),
        "DISABILITY_NONE": flag(pl.col("disability") == "NONE"),
        "DISABILITY_MEMORY": flag(pl.col("disability") == "LD"),
        "DISABILITY_PERCEPTION_RISK_DANGER": flag(pl.col("disability") == "AUT"),
        "DATE_OF_DATA_COLLECTION": pl.lit(date(year, 3, 31)),
        "CPR_DATE": as_date(pl.col("plan_start")),
        "AVAIL_FROM_DT": pl.lit(date(year, 12, 1)),
        **{name: flag(pl.col("category").is_in(held)) for name, held in CATEGORY_FLAGS.items()},
        **{
            name: flag(pl.any_horizontal(codes.list.contains(code) for code in held))
            for name, held in CAPACITY_FLAGS.items()
        },
        **{name: (pl.col(name) < share).cast(pl.Int16) for name, share in CHECKS.items()},
        **{name: pl.lit(0, pl.Int16) for name in NEVER},
    }
    old_enough = last - pl.col("birth") >= DENTAL_AGE_DAYS
    columns["HEALTH_DENTAL_CHECK"] = pl.when(old_enough).then(columns["HEALTH_DENTAL_CHECK"])
    return rows.select(columns[name].alias(name) for name in MAIN_CRCS.split())
