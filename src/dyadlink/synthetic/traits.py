"""Traps that are no errors: what careful records have too, listed so that a reader can be held against it."""

from __future__ import annotations

import polars as pl

from dyadlink.synthetic.flaws.log import as_day
from dyadlink.synthetic.recorded import RecordedWorld

SCHEMA = {"trap": pl.Int64(), "trait": pl.String(), "record": pl.String()}
ORDERS = ("E11", "E12", "E41", "E45", "E46", "E47", "E48")
SHORT_BREAKS = ("V3", "V4")


def traits(world: RecordedWorld) -> pl.DataFrame:
    """Return truth/traits.csv: one row per trap and record that has it, as the records truly are.

    Trap 1, one child id in several authorities, is left out: it holds for a large part of all ids.
    """
    children = world.social_care.children
    key = pl.concat_str("la_code", "la_child_id", separator=":")
    keyed = children.select("child", "baby", "dyad", "birth", "death", key=key)
    found = [*_of_children(world, keyed), *_of_care(world, keyed), *_of_health(world)]
    parts = [
        rows.select(trap=pl.lit(trap, pl.Int64), trait=pl.lit(name), record="record") for trap, name, rows in found
    ]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *parts]).sort("trap", "trait", "record")


Found = tuple[int, str, pl.DataFrame]


def _dated(date: str) -> pl.Expr:
    return pl.concat_str("key", as_day(pl.col(date)), separator=":").alias("record")


def _of_children(world: RecordedWorld, keyed: pl.DataFrame) -> list[Found]:
    records = world.social_care.records
    cases = records.episodes.join(keyed, on="child", maintain_order="left")
    plans = records.plans.join(keyed, on="child", maintain_order="left")
    twice = keyed.filter(pl.col("dyad").is_not_null()).filter(pl.len().over("dyad") > 1)
    changed = cases.filter(pl.col("first_need") != pl.col("need"))
    return [
        (2, "known_to_two_authorities", twice.select(record="key")),
        (3, "referred_before_birth", cases.filter(pl.col("referral") < pl.col("birth")).select(_dated("referral"))),
        (0, "need_code_changes_in_a_later_return", changed.select(_dated("referral"))),
        (6, "plan_before_birth", plans.filter(pl.col("start") < pl.col("birth")).select(_dated("start"))),
        (15, "death_of_a_child", keyed.filter(pl.col("death").is_not_null()).select(record="key")),
    ]


def _of_care(world: RecordedWorld, keyed: pl.DataFrame) -> list[Found]:
    care = world.social_care.care.join(keyed, on="child", maintain_order="left")
    tests = {
        (2, "taken_over_by_another_authority"): pl.col("rec") == "E3",
        (7, "status_and_placement_change_on_a_day"): pl.col("rne").is_in(["B", "U"]),
        (9, "short_break"): pl.col("ls").is_in(SHORT_BREAKS),
        (10, "placed_with_parents"): pl.col("place") == "P1",
        (11, "mother_and_baby_place"): pl.col("place") == "R3",
        (12, "returned_home"): pl.col("rec").is_in(["E4A", "E4B"]),
        (13, "adoption_or_order"): pl.col("rec").is_in(ORDERS),
    }
    return [
        (trap, name, care.filter(test.fill_null(value=False)).select(_dated("start")))
        for (trap, name), test in tests.items()
    ]


def _of_health(world: RecordedWorld) -> list[Found]:
    spells = world.mhsds["MHS501HospProvSpell"].sort("UniqMonthID")
    last = spells.group_by("UniqHospProvSpellID").agg(
        n_dates=pl.col("DischDateHospProvSpell").drop_nulls().n_unique(), end=pl.col("DischDateHospProvSpell").last()
    )
    last = last.with_columns(record=pl.col("UniqHospProvSpellID"))
    teams = world.mhsds["MHS102OtherServiceType"].filter(pl.col("OtherCareProfTeamLocalID").str.ends_with("-A18"))
    babies = world.infants.with_columns(record=pl.col("baby_id"))
    return [
        (14, "twin", babies.filter("is_multiple")),
        (15, "stillbirth", babies.filter(pl.col("outcome") != "01")),
        (17, "spell_open_in_the_last_month", last.filter(pl.col("end").is_null())),
        (18, "discharge_date_sent_again_changed", last.filter(pl.col("n_dates") > 1)),
        (20, "team_of_type_a18", teams.select(record="UniqServReqID").unique()),
    ]
