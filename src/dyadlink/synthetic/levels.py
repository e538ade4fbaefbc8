"""Levels of involvement read from the true records by the study's definitions (docs/explanation/definitions.md)."""

from __future__ import annotations

import polars as pl

from dyadlink.schemas import CSC_LEVELS
from dyadlink.synthetic.care import SHORT_BREAKS, TOGETHER_PLACES
from dyadlink.synthetic.children import SocialCareWorld
from dyadlink.synthetic.course import FIRST_DAY_BEFORE_BIRTH

SECTION_47_DAYS = 21
PERMANENT_ENDS = ("E11", "E12", "E43", "E44", "E45", "E46", "E47", "E48")
"""E41 closes its case on the day (RC3), which tells of it in Wales too."""
PERMANENT_CLOSURES = ("RC1", "RC3", "RC4")
RANK = {level: rank for rank, level in enumerate(CSC_LEVELS)}
NEVER = 10**7
EVENTS = (
    "first_referral",
    "first_child_in_need",
    "first_section_47",
    "first_plan",
    "first_with_mother",
    "first_apart",
    "return_home",
    "permanence",
)


def _rows(frame: pl.DataFrame, level: str) -> pl.DataFrame:
    return frame.select("dyad", "start", "end", rank=pl.lit(RANK[level], pl.Int64))


def level_intervals(world: SocialCareWorld, dyads: pl.DataFrame) -> pl.DataFrame:
    """Return all intervals of all levels: dyad, start, end (first day after it, null while open), rank.

    A section 47 enquiry lasts until its conference, else 21 days, never beyond its case; a case still open after
    its first assessment was authorised is that of a child in need.
    """
    dyad_of = world.children.select("child", "dyad").filter(pl.col("dyad").is_not_null())
    records = world.records
    cases = records.episodes.join(dyad_of, on="child", how="inner", maintain_order="left")
    no_action = pl.when("no_action").then(pl.coalesce("closure", "referral")).otherwise("closure")
    keys = cases.select("case", "dyad", "closure")
    first = records.assessments.group_by("case", maintain_order=True).agg(start=pl.col("authorised").min())
    needs = first.join(keys, on="case", how="inner", maintain_order="left").rename({"closure": "end"})
    needs = needs.filter((pl.col("start") < pl.col("end")).fill_null(value=True))
    enquiries = records.enquiries.join(keys, on="case", how="inner", maintain_order="left")
    stop = pl.min_horizontal(pl.coalesce("conference", pl.col("start") + SECTION_47_DAYS), "closure")
    care = world.care.join(dyad_of, on="child", how="inner", maintain_order="left")
    care = care.filter(~pl.col("ls").is_in(SHORT_BREAKS))
    together = pl.col("place").is_in(TOGETHER_PLACES)
    open_end = pl.lit(None, pl.Int64)
    permanent = care.filter(pl.col("rec").is_in(PERMANENT_ENDS)).with_columns(start="end", end=open_end)
    closed = cases.filter(pl.col("reason").is_in(PERMANENT_CLOSURES)).with_columns(start="closure", end=open_end)
    plans = records.plans.drop("child").join(keys, on="case", how="inner", maintain_order="left")
    parts = [
        _rows(cases.with_columns(start="referral", end=no_action), "referral_or_assessment"),
        _rows(needs, "child_in_need"),
        _rows(records.need_plans.join(keys, on="case", how="inner", maintain_order="left"), "child_in_need"),
        _rows(enquiries.with_columns(end=pl.max_horizontal("start", stop)), "section_47"),
        _rows(plans, "child_protection_plan"),
        _rows(care.filter(together), "looked_after_with_mother"),
        _rows(care.filter(~together), "looked_after_apart"),
        _rows(permanent, "permanently_elsewhere"),
        _rows(closed.filter(pl.col("start").is_not_null()), "permanently_elsewhere"),
    ]
    births = dyads.select("dyad", earliest=pl.col("birth") - 280)
    every = pl.concat(parts).join(births, on="dyad", how="inner", maintain_order="left")
    every = every.filter(pl.col("start") >= pl.col("earliest")).drop("earliest")
    return every.unique(maintain_order=True).sort("dyad", "start", "rank", "end")


def level_on_days(intervals: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Return the highest level open on each day asked for: dyad, day, level.

    An interval holds its first day and not its last, unless both are one day.
    """
    rows = days.join(intervals, on="dyad", how="inner", maintain_order="left")
    day = pl.col("day")
    is_open = (pl.col("start") <= day) & ((day < pl.col("end").fill_null(NEVER)) | (day == pl.col("start")))
    best = rows.filter(is_open).group_by("dyad", "day", maintain_order=True).agg(pl.col("rank").max())
    found = days.join(best, on=["dyad", "day"], how="left", maintain_order="left")
    level = pl.col("rank").fill_null(0).replace_strict(list(RANK.values()), list(RANK), return_dtype=pl.String)
    return found.select("dyad", "day", level=level)


def state_intervals(intervals: pl.DataFrame, dyads: pl.DataFrame) -> pl.DataFrame:
    """Return the highest level over time, without gaps: dyad, level, start, end (null: to the end of the records)."""
    births = dyads.select("dyad", day=pl.col("birth") - FIRST_DAY_BEFORE_BIRTH)
    one_day = intervals.filter(pl.col("start") == pl.col("end"))
    parts = [
        births,
        intervals.select("dyad", day="start"),
        intervals.select("dyad", day="end").drop_nulls(),
        one_day.select("dyad", day=pl.col("end") + 1),
    ]
    days = pl.concat(parts).unique().sort("dyad", "day")
    levels = level_on_days(intervals, days)
    changed = (pl.col("level") != pl.col("level").shift(1).over("dyad")).fill_null(value=True)
    levels = levels.filter(changed)
    return levels.select("dyad", "level", start="day", end=pl.col("day").shift(-1).over("dyad"))


def event_days(intervals: pl.DataFrame, dyads: pl.DataFrame) -> pl.DataFrame:
    """Return the first day of each level, the first return home after days apart, and permanence: one row per dyad."""
    firsts = {
        "first_referral": "referral_or_assessment",
        "first_child_in_need": "child_in_need",
        "first_section_47": "section_47",
        "first_plan": "child_protection_plan",
        "first_with_mother": "looked_after_with_mother",
        "first_apart": "looked_after_apart",
        "permanence": "permanently_elsewhere",
    }
    found = intervals.group_by("dyad", maintain_order=True).agg(
        pl.col("start").filter(pl.col("rank") == RANK[level]).min().alias(name) for name, level in firsts.items()
    )
    states = state_intervals(intervals, dyads)
    apart, before = pl.col("level") == "looked_after_apart", pl.col("level").shift(1).over("dyad")
    back = states.filter(~apart & (before == "looked_after_apart") & (pl.col("level") != "permanently_elsewhere"))
    died = dyads.select("dyad", "infant_death")
    back = back.join(died, on="dyad", maintain_order="left").filter(
        (pl.col("start") < pl.col("infant_death")).fill_null(value=True)
    )
    back = back.group_by("dyad", maintain_order=True).agg(return_home=pl.col("start").min())
    return found.join(back, on="dyad", how="left", maintain_order="left")
