"""Flaws of the episodes of looked-after children, as the authority's own system holds them."""

from __future__ import annotations

import polars as pl

from dyadlink.synthetic.children import SocialCareWorld
from dyadlink.synthetic.flaws.log import Flaws, Told, as_day
from dyadlink.synthetic.randomness import spread

OLD_GUARDIANSHIP = {"E45": "E43", "E46": "E43", "E47": "E44", "E48": "E44"}
"""Special guardianship orders since 2019 and the codes they had before."""
LONGEST_BREAK = 14


def spoil_care(
    world: SocialCareWorld, dyads: pl.DataFrame, system: pl.DataFrame, places: pl.DataFrame, flaws: Flaws
) -> pl.DataFrame:
    """Return the episodes of care as recorded.

    Args:
        world: The social care world as it is true.
        dyads: One row per dyad: dyad, t2.
        system: One row per child: child, key, first_day, last_day.
        places: The authorities.
        flaws: Chooses the records and lists them.
    """
    columns = world.care.columns
    english = places.filter(pl.col("country") == "England").select("la")
    english = world.children.join(english, on="la", how="semi").select("child", is_english=pl.lit(value=True))
    rows = world.care.join(system, on="child", maintain_order="left")
    rows = rows.join(english, on="child", how="left", maintain_order="left")
    seen = (pl.col("start") > pl.col("first_day")) & (pl.col("end") <= pl.col("last_day"))
    rows = rows.with_columns(seen=seen.fill_null(value=False))
    rows = _gap(rows, flaws)
    rows = _old_code(rows, flaws)
    rows = _two_on_a_day(rows, flaws)
    breaks = _short_breaks(world, dyads, system, flaws)
    rows = pl.concat([rows.select(columns), breaks], how="diagonal_relaxed")
    return rows.select(columns).sort("child", "start", "end", nulls_last=True, maintain_order=True)


def _key() -> pl.Expr:
    return pl.concat_str("key", as_day(pl.col("start")), separator=":")


def _gap(rows: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """End some episodes one to five days before the next one begins, although they say X1."""
    # The next episode begins on the end; both days lie in one return year.
    april = pl.col("end").cast(pl.Int32).cast(pl.Date)
    room = pl.min_horizontal(pl.col("end") - pl.col("start") - 1, 5)
    apart = (april.dt.month() != 4) | (april.dt.day() > 6)
    able = pl.col("seen") & (pl.col("rec") == "X1") & (room > 0) & apart & (pl.col("end") < pl.col("last_day"))
    rows = flaws.choose("gap_after_x1", rows, able)
    rows = rows.with_columns(wrong=pl.when("hit").then(pl.col("end") - spread("u", pl.lit(1), room)), gap=pl.col("hit"))
    flaws.note("gap_after_x1", rows.filter("hit"), Told(_key(), as_day(pl.col("end")), as_day(pl.col("wrong"))))
    return rows.with_columns(end=pl.coalesce("wrong", "end"))


def _old_code(rows: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    able = pl.col("seen") & pl.col("rec").is_in(list(OLD_GUARDIANSHIP)) & pl.col("is_english")
    rows = flaws.choose("care_end_code_of_another_year", rows, able)
    old = pl.when("hit").then(pl.col("rec").replace(OLD_GUARDIANSHIP))
    flaws.note("care_end_code_of_another_year", rows.filter("hit"), Told(_key(), pl.col("rec"), old))
    return rows.with_columns(rec=pl.coalesce(old, "rec"))


def _two_on_a_day(rows: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """Add an episode of no days that begins on the day of another, in another placement."""
    long = (pl.col("end") - pl.col("start") > 10).fill_null(value=False)
    usual = ~pl.col("ls").is_in(["V3", "V4"]) & ~pl.col("gap") & (pl.col("place") != "U6")
    rows = flaws.choose("two_episodes_on_a_day", rows, pl.col("seen") & long & usual)
    added = rows.filter("hit").with_columns(
        end=pl.col("start"), place=pl.lit("U6"), rec=pl.lit("X1"), reason_change=pl.lit("OTHER")
    )
    flaws.note(
        "two_episodes_on_a_day",
        added,
        Told(_key(), pl.lit("no such episode"), pl.concat_str("ls", "place", separator=" ")),
    )
    moved = pl.when("hit").then(pl.lit("P")).otherwise("rne")
    return pl.concat([added, rows.with_columns(rne=moved)], how="vertical_relaxed")


def _short_breaks(world: SocialCareWorld, dyads: pl.DataFrame, system: pl.DataFrame, flaws: Flaws) -> pl.DataFrame:
    """Return short breaks of study infants who are never in care, inside a case that is open after T2.

    A short break is no custody loss, and inside a case it changes no state at T1 or T2.
    """
    # An infant who moves has two child ids: care under either is care of the infant.
    in_care = world.care.join(world.children.select("child", "dyad"), on="child").select("dyad").unique()
    cases = world.cases.filter(pl.col("is_dyad")).select("child", "referral", "closure")
    rows = cases.join(world.children.select("child", "dyad"), on="child", maintain_order="left")
    rows = rows.join(dyads.select("dyad", "t2"), on="dyad", maintain_order="left")
    rows = rows.join(system, on="child", maintain_order="left")
    rows = rows.join(in_care, on="dyad", how="anti", maintain_order="left")
    low = pl.max_horizontal("referral", "t2", "first_day") + 3
    high = pl.min_horizontal("closure", pl.col("t2") + 350, "last_day") - LONGEST_BREAK - 1
    rows = rows.with_columns(low=low, high=high).filter(pl.col("high") > pl.col("low"))
    rows = rows.unique("child", keep="first", maintain_order=True)
    rows = (
        flaws.choose("short_break_of_infant", rows)
        .filter("hit")
        .with_columns(start=spread("u", pl.col("low"), pl.col("high")))
    )
    flaws.note("short_break_of_infant", rows, Told(_key(), pl.lit("no custody loss"), pl.lit("V4")))
    largest = int(str(world.care["period"].max() or 0)) + 1
    return rows.select(
        "child",
        "start",
        period=largest + pl.int_range(pl.len(), dtype=pl.Int64),
        end=pl.col("start") + 2 + (pl.col("u") * 997 % 1 * (LONGEST_BREAK - 2)).floor().cast(pl.Int64),
        rne=pl.lit("S"),
        ls=pl.lit("V4"),
        place=pl.lit("U6"),
        rec=pl.lit("E4A"),
        need=pl.lit("N3"),
    )
