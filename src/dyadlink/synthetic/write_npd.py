"""The research extract of the children's returns: one Parquet file per year, with the column names it has there."""

from __future__ import annotations

from datetime import date

import polars as pl

from dyadlink.synthetic.files import ParquetParts
from dyadlink.synthetic.pseudonyms import keyed_hashes, shown
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.records import CareRecords
from dyadlink.synthetic.write_cin import FIRST_YEAR_OF_EARLY_HELP_CLOSURE, CensusYear
from dyadlink.synthetic.write_ssda903 import with_respite

OPEN_EPISODE = "-10"
SCHOOL_AGE_DAYS = 5 * 366
UNBORN = 0


def with_anonymous_ids(children: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return children with `child_id_anon`, `child_code_anon` and `pupil_anon`, hashed under secret keys.

    ASSUME: the child's code in the extract of looked-after children is the one of the census, so that the
    two can be joined within an authority; `child_id_anon` is of that extract alone.
    """
    keys = children.select(pl.concat_str("la_code", "la_child_id", separator="|")).to_series()
    return children.with_columns(
        child_code_anon=keyed_hashes(keys, f"census {seed}"),
        child_id_anon=keyed_hashes(keys, f"looked after {seed}"),
        pupil_anon=keyed_hashes(children["upn"], f"pupil {seed}", 20),
    )


def _episodes_with_plans(records: CareRecords, y: CensusYear) -> pl.DataFrame:
    """Return one row per episode and plan of the year; an episode without a plan has one row."""
    plans = records.plans.filter(pl.col("start") <= y.last, (pl.col("end") >= y.first).fill_null(value=True))
    plans = plans.select(
        "case",
        "category",
        "latest_category",
        "n_previous",
        plan_start="start",
        plan_end="end",
    )
    episodes = records.episodes.filter(
        pl.col("referral") <= y.last, (pl.col("closure") >= y.first).fill_null(value=True)
    )
    return episodes.join(plans, on="case", how="left", maintain_order="left_right")


def _census_rows(children: pl.DataFrame, records: CareRecords, y: CensusYear, first_year: int) -> pl.DataFrame:
    """Return the extract of a census year, its columns without their suffix."""
    rows = children.join(_episodes_with_plans(records, y), on="child", how="inner", maintain_order="left")
    rows = rows.sort("la_code", "child_code_anon", "referral", "plan_start", nulls_last=True, maintain_order=True)
    born = pl.col("birth") <= y.last
    birth = shown("held_birth", y.last)
    is_new = (pl.col("referral") >= y.first) | (y.year == first_year)
    reason: pl.Expr = pl.when(pl.col("closure") <= y.last).then("reason")
    if y.year < FIRST_YEAR_OF_EARLY_HELP_CLOSURE:
        reason = reason.str.replace("RC9", "RC7", literal=True)
    return rows.select(
        CIN_LAchildID_Anon="child_code_anon",
        CIN_LA="la_code",
        CIN_PupilMatchingRefAnonymous=pl.when(y.last - pl.col("birth") >= SCHOOL_AGE_DAYS).then("pupil_anon"),
        CIN_ACADYR=pl.lit(y.year, pl.Int32),
        CIN_MonthOfBirth=pl.when(born).then(birth.dt.month()),
        CIN_YearOfBirth=pl.when(born).then(birth.dt.year()),
        CIN_ExpectedDOB=pl.when(~born).then(pl.col("expected_birth").cast(pl.Int32).cast(pl.Date)),
        CIN_Gender=pl.when(born).then(pl.col("held_sex").fill_null(9)).otherwise(UNBORN),
        CIN_Ethnicity="census_ethnicity",
        CIN_Disability=(pl.col("disability") != "NONE").cast(pl.Int8),
        CIN_AsylumSeeking=pl.lit(0, pl.Int8),
        CIN_ReferralDate=shown("referral", y.last),
        CIN_ReferralSource="source",
        CIN_ReferralNFA=pl.col("no_action").cast(pl.Int8),
        CIN_PrimaryNeedCode=pl.when(is_new).then("first_need").otherwise("need"),
        CIN_CINClosureDate=shown("closure", y.last),
        CIN_ReasonForClosure=reason,
        CIN_DateOfInitialCPC=shown("conference", y.last),
        CIN_CPPstartDate=shown("plan_start", y.last),
        CIN_CPPendDate=shown("plan_end", y.last),
        CIN_InitialCategoryOfAbuse="category",
        CIN_LatestCategoryOfAbuse="latest_category",
        CIN_NumberOfPreviousCPP="n_previous",
        CIN_LatestReferralDate=shown("referral", y.last).max().over("child"),
        CIN_LatestClosureDate=shown("closure", y.last).max().over("child"),
    )


def _with_suffix(rows: pl.DataFrame, year: int, first_year: int) -> pl.DataFrame:
    """Return the rows with the year in every column name; the first year has its own name of the authority."""
    if year == first_year:
        rows = rows.rename({"CIN_LA": "CIN_LA_LGR"})
    return rows.rename({name: f"{name}_SPR{year % 100:02d}" for name in rows.columns})


def _care_rows(rows: pl.DataFrame, y: CensusYear) -> pl.DataFrame:
    """Return the episodes of looked-after children of a year, with the period of care they belong to."""
    period_end = pl.when(pl.col("period_end") <= y.last).then("period_end").otherwise(y.last + 1)
    birth = shown("held_birth", y.last)
    return rows.select(
        CHILD_LA_CODE_ANON="child_code_anon",
        CHILD_ID_ANON="child_id_anon",
        LA="la_code",
        poc_start=shown("period_start", y.last),
        poc_length=(period_end - pl.col("period_start")).cast(pl.Int32),
        date_episode_started=shown("start", y.last),
        date_episode_ceased=shown("end", y.last),
        reason_episode_ceased=pl.when(pl.col("end") <= y.last).then("rec").otherwise(pl.lit(OPEN_EPISODE)),
        legal_status="ls",
        cin="need",
        placement="place",
        SEX=pl.col("sex").cast(pl.Int8),
        ethnic_or="census_ethnicity",
        dob_Year=birth.dt.year(),
        dob_Month=birth.dt.month(),
        uasc_status=pl.lit(0, pl.Int8),
    )


def with_periods(care: pl.DataFrame) -> pl.DataFrame:
    """Return episodes with the first and last day of their period of care."""
    is_open = pl.col("end").is_null().any().over("period")
    last = pl.when(~is_open).then(pl.col("end").max().over("period"))
    return care.with_columns(period_start=pl.col("start").min().over("period"), period_end=last)


def add_npd(world: RecordedWorld, files: ParquetParts) -> None:
    """Add what a block of English authorities holds to cin/CIN_<year>.parquet and cla/CLA_<year>.parquet.

    Args:
        world: The world, with the authorities of the block and what they record.
        files: The files below the folder of the route.
    """
    children = with_anonymous_ids(world.social_care.children, world.seed)
    care = with_periods(with_respite(world.social_care.care))
    care = care.join(children, on="child", how="inner", maintain_order="left")
    care = care.sort("la_code", "child_code_anon", "start", "end", "period", nulls_last=True)
    for year in world.years:
        y = CensusYear(year)
        covered = world.places.filter(pl.col("coverage_end") >= date(year, 3, 31)).select("la_code")
        here = children.join(covered, on="la_code", how="semi", maintain_order="left")
        rows = _census_rows(here, world.social_care.records, y, world.years[0])
        files.add(f"cin/CIN_{year}", _with_suffix(rows, year, world.years[0]))
        current = care.filter(pl.col("start") <= y.last, (pl.col("end") >= y.first).fill_null(value=True))
        current = current.join(covered, on="la_code", how="semi", maintain_order="left")
        files.add(f"cla/CLA_{year}", _care_rows(current, y))
