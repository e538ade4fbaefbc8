"""Flaws that stand in an authority's own system, so that every return and extract carries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from dyadlink.synthetic.children import SocialCareWorld
from dyadlink.synthetic.flaws.care import spoil_care
from dyadlink.synthetic.flaws.log import Flaws, Told, as_day
from dyadlink.synthetic.randomness import spread


def year_start(value: pl.Expr) -> pl.Expr:
    """Return the first day, 1 April, of the return year of a day number."""
    date = value.cast(pl.Int32).cast(pl.Date)
    year = date.dt.year() - (date.dt.month() < 4).cast(pl.Int32)
    return pl.date(year, 4, 1).cast(pl.Int32).cast(pl.Int64)


def in_system(children: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return one row per child with its key and the days that the returns of its authority cover."""
    covered = places.select(
        "la",
        first_day=pl.col("coverage_start").cast(pl.Int32).cast(pl.Int64),
        last_day=pl.col("coverage_end").cast(pl.Int32).cast(pl.Int64),
    )
    rows = children.join(covered, on="la", maintain_order="left")
    return rows.select("child", "first_day", "last_day", key=pl.concat_str("la_code", "la_child_id", separator=":"))


def spoil_social_care(
    world: SocialCareWorld, dyads: pl.DataFrame, places: pl.DataFrame, flaws: Flaws
) -> SocialCareWorld:
    """Return the world as recorded, with flaws in cases, plans, deaths, pupil numbers and care.

    Args:
        world: The social care world as it is true.
        dyads: One row per dyad: dyad, t2.
        places: The authorities.
        flaws: Chooses the records and lists them.
    """
    if flaws.is_off:
        return world
    system = in_system(world.children, places)
    records = world.records
    plans = _spoil_plans(records.plans, records.episodes, system, flaws)
    episodes = _close_too_early(records.episodes, plans, system, flaws)
    children = _kill_too_early(world.children, plans, system, flaws)
    return replace(
        world,
        children=_misspell_pupil_numbers(children, flaws),
        records=replace(records, plans=plans, episodes=episodes),
        care=spoil_care(world, dyads, system, places, flaws),
    )


def _spoil_plans(plans: pl.DataFrame, episodes: pl.DataFrame, system: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """Return plans, each with at most one flaw, and the plans that overlap one."""
    columns = plans.columns
    rows = plans.join(system, on="child", maintain_order="left")
    rows = rows.join(episodes.select("case", "referral"), on="case", maintain_order="left")
    seen = (pl.col("start") > pl.col("first_day")) & (pl.col("start") <= pl.col("last_day"))
    rows = rows.with_columns(seen=seen, flawed=pl.lit(value=False))
    steps: tuple[Callable[[pl.DataFrame, Flaws], pl.DataFrame], ...] = (
        _end_before_start,
        _start_before_referral,
        _overlap,
    )
    for step in steps:
        rows = step(rows, flaws)
    return rows.select(columns).sort("child", "start", "plan")


def _plan_key(start: str = "start") -> pl.Expr:
    return pl.concat_str("key", as_day(pl.col(start)), separator=":")


def _end_before_start(rows: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    room = pl.col("start") - year_start(pl.col("start"))
    able = pl.col("seen") & (pl.col("end") <= pl.col("last_day")) & (room > 0)
    rows = flaws.choose("cpp_end_before_start", rows, able)
    wrong = pl.col("start") - spread("u", pl.lit(1), pl.min_horizontal(room, 30))
    rows = rows.with_columns(wrong=pl.when("hit").then(wrong))
    flaws.note(
        "cpp_end_before_start", rows.filter("hit"), Told(_plan_key(), as_day(pl.col("end")), as_day(pl.col("wrong")))
    )
    return rows.with_columns(end=pl.coalesce("wrong", "end"), flawed=pl.col("flawed") | pl.col("hit"))


def _start_before_referral(rows: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    # Before the first return opens, or past an authority's next plan, a plan would not be one plan too early.
    early = pl.col("referral") - 30 > pl.col("first_day")
    alone = pl.len().over("child") == 1
    rows = flaws.choose("plan_before_referral", rows, pl.col("seen") & ~pl.col("flawed") & early & alone)
    wrong = pl.col("referral") - spread("u", 3, 30)
    rows = rows.with_columns(wrong=pl.when("hit").then(wrong))
    flaws.note(
        "plan_before_referral",
        rows.filter("hit"),
        Told(_plan_key("wrong"), as_day(pl.col("start")), as_day(pl.col("wrong"))),
    )
    return rows.with_columns(start=pl.coalesce("wrong", "start"), flawed=pl.col("flawed") | pl.col("hit"))


def _overlap(rows: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """Add a second plan that starts 10 to 40 days after the first and ends with it, or stays open with it."""
    long = (pl.col("end") - pl.col("start") >= 60).fill_null(value=True)
    seen = pl.col("seen") & (pl.col("start") + 40 <= pl.col("last_day"))
    rows = flaws.choose("overlapping_plans", rows, seen & ~pl.col("flawed") & long)
    largest = int(str(rows["plan"].max() or 0)) + 1
    added = rows.filter("hit").with_columns(
        start=pl.col("start") + spread("u", 10, 40),
        plan=largest + pl.int_range(pl.len(), dtype=pl.Int64),
        n_previous=pl.col("n_previous") + 1,
    )
    flaws.note(
        "overlapping_plans",
        added,
        Told(
            _plan_key(),
            pl.lit("no such plan"),
            pl.concat_str(as_day(pl.col("start")), pl.lit(" to "), as_day(pl.col("end")).fill_null("open")),
        ),
    )
    return pl.concat([rows, added], how="vertical_relaxed")


def _close_too_early(episodes: pl.DataFrame, plans: pl.DataFrame, system: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """Return cases, some closed before their referral: cases without a plan, closed in the year of referral."""
    columns = episodes.columns
    rows = episodes.join(system, on="child", maintain_order="left")
    room = pl.col("referral") - year_start(pl.col("referral"))
    closed = (pl.col("closure") <= pl.col("last_day")) & (
        year_start(pl.col("closure")) == year_start(pl.col("referral"))
    )
    has_plan = pl.col("case").is_in(plans["case"].unique().sort().implode())
    able = (pl.col("referral") >= pl.col("first_day")) & closed & (room > 0) & ~has_plan
    rows = flaws.choose("closure_before_referral", rows, able)
    wrong = pl.col("referral") - spread("u", pl.lit(1), pl.min_horizontal(room, 20))
    rows = rows.with_columns(wrong=pl.when("hit").then(wrong))
    flaws.note(
        "closure_before_referral",
        rows.filter("hit"),
        Told(_plan_key("referral"), as_day(pl.col("closure")), as_day(pl.col("wrong"))),
    )
    return rows.with_columns(closure=pl.coalesce("wrong", "closure")).select(columns)


def _kill_too_early(children: pl.DataFrame, plans: pl.DataFrame, system: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """Return children, some with a date of death in the middle of a plan that goes on."""
    ended = plans.filter(pl.len().over("child") == 1).filter(pl.col("end") - pl.col("start") > 20)
    ended = ended.select("child", plan_start="start", plan_end="end")
    rows = children.join(ended, on="child", how="left", maintain_order="left")
    rows = rows.join(system.select("child", "first_day", "last_day", "key"), on="child", maintain_order="left")
    middle = pl.max_horizontal("birth", (pl.col("plan_start") + pl.col("plan_end")) // 2)
    able = pl.col("death").is_null() & (pl.col("plan_start") > pl.col("first_day"))
    able = able & (pl.col("plan_end") <= pl.col("last_day")) & (middle < pl.col("plan_end"))
    rows = flaws.choose("death_before_plan_end", rows, able)
    rows = rows.with_columns(wrong=pl.when("hit").then(middle))
    flaws.note(
        "death_before_plan_end",
        rows.filter("hit"),
        Told(_plan_key("plan_start"), pl.lit("alive"), as_day(pl.col("wrong"))),
    )
    return rows.with_columns(death=pl.coalesce("wrong", "death")).select(children.columns)


def _misspell_pupil_numbers(children: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """Return children, some with a pupil number whose first letter is not its check letter."""
    rows = flaws.choose("upn_check_letter", children, pl.col("upn").is_not_null())
    letter = pl.when(pl.col("upn").str.slice(0, 1) == "A").then(pl.lit("B")).otherwise(pl.lit("A"))
    rows = rows.with_columns(wrong=pl.when("hit").then(letter + pl.col("upn").str.slice(1)))
    flaws.note(
        "upn_check_letter",
        rows.filter("hit"),
        Told(pl.concat_str("la_code", "la_child_id", separator=":"), pl.col("upn"), pl.col("wrong")),
    )
    return rows.with_columns(upn=pl.coalesce("wrong", "upn")).select(children.columns)
