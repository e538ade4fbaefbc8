"""Care contacts of the mothers with community teams, parenting groups among them, and recoded diagnoses."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.synthetic.parameters import DIAGNOSES, Parameters
from dyadlink.synthetic.randomness import Topic, generator, pick, spread, with_uniforms

CONTACT_COLUMNS = ("woman", "spell", "setting", "day", "attended", "is_group", "minutes", "mechanism")
FIRST_CONTACT_DAYS = 14
GROUP_SHAPE = 4.0
"""Strength of the beta distribution of a mother's own chance to attend; small numbers spread more."""


def team_referrals(births: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return referrals to the community perinatal team (C02), and to specialist parenting services (E03).

    A parent-infant team and a parenting group are two referrals to services of type E03: `purpose` tells them
    apart. Nothing goes on after the death of mother or infant.
    """
    names = ("u_c02", "u_days", "u_lead", "u_pit", "u_pit_start", "u_pit_days", "u_group", "u_group_start")
    births = with_uniforms(births.rename({"mother": "woman"}), rng, *names)
    course, t2 = p.psychiatric, pl.col("t2")
    parts = [
        births.filter(pl.col("u_c02") < course.perinatal_team.value).with_columns(
            setting=pl.lit("C02"),
            purpose=pl.lit("team"),
            start=t2 - spread("u_lead", 0, 60),
            end=t2 + spread("u_days", 20, 300),
            spell_key=pl.format("perinatal-{}", "birth_id"),
        ),
        births.filter(pl.col("u_pit") < course.parent_infant_team.value).with_columns(
            setting=pl.lit("E03"),
            purpose=pl.lit("parent_infant_team"),
            start=t2 + spread("u_pit_start", -10, 90),
            end=t2 + 91 + spread("u_pit_days", 40, 200),
            spell_key=pl.format("parent-infant-{}", "birth_id"),
        ),
        births.filter(pl.col("u_group") < course.group_offered.value).with_columns(
            setting=pl.lit("E03"),
            purpose=pl.lit("parenting_group"),
            start=t2 + spread("u_group_start", 20, 150),
            end=t2 + spread("u_group_start", 20, 150) + FIRST_CONTACT_DAYS + 7 * course.group_sessions.value,
            spell_key=pl.format("group-{}", "birth_id"),
        ),
    ]
    every = pl.concat(parts, how="diagonal")
    dies = pl.min_horizontal("mother_death", "infant_death")
    alive = (pl.col("start") <= dies).fill_null(value=True)
    return every.filter(alive).with_columns(end=pl.min_horizontal("end", dies))


def draw_contacts(stays: pl.DataFrame, seed: int, p: Parameters) -> pl.DataFrame:
    """Return offered contacts with CONTACT_COLUMNS: `attended` is true or false, `day` a day number.

    Some referred mothers are never seen: the contacts they are offered go unattended.
    """
    rng = generator(seed, Topic.CONTACTS)
    course = p.psychiatric
    rows = stays.filter(pl.col("purpose").is_in(["team", "parent_infant_team", "parenting_group"]))
    rows = rows.filter(pl.col("setting").is_in(["C02", "E03"]), pl.col("end") - pl.col("start") >= FIRST_CONTACT_DAYS)
    n = rows.height
    months = rows.select((pl.col("end") - pl.col("start")) / 30.4).to_series().to_numpy()
    individual = np.where(
        rows["purpose"].to_numpy() == "team",
        course.perinatal_contacts_a_month.value * months,
        course.parent_infant_contacts.value,
    )
    is_group = pl.col("purpose") == "parenting_group"
    a = GROUP_SHAPE * course.group_attended.value
    rows = rows.with_columns(
        n_offered=pl.when(is_group).then(course.group_sessions.value).otherwise(pl.Series(rng.poisson(individual))),
        chance=pl.when(is_group)
        .then(pl.Series(rng.beta(max(a, 1e-3), max(GROUP_SHAPE - a, 1e-3), n)))
        .otherwise(
            pl.when(pl.Series(rng.random(n)) < course.never_seen.value)
            .then(0.0)
            .otherwise(course.contact_attended.value)
        ),
    )
    rows = (
        rows.with_columns(number=pl.int_ranges(0, pl.col("n_offered")))
        .explode("number")
        .filter(pl.col("number").is_not_null())
    )
    rows = with_uniforms(rows, rng, "u_day", "u_attended", "u_minutes", "u_how")
    # Groups meet weekly; other contacts fall anywhere in the time of the referral.
    weekly = pl.col("start") + FIRST_CONTACT_DAYS + 7 * pl.col("number")
    is_group = pl.col("purpose") == "parenting_group"
    any_day = spread("u_day", pl.col("start") + 3, pl.col("end"))
    rows = rows.with_columns(
        day=pl.when(is_group).then(weekly).otherwise(any_day),
        attended=pl.col("u_attended") < pl.col("chance"),
        is_group=is_group,
        minutes=pl.when(is_group).then(90).otherwise(30 + spread("u_minutes", 0, 6) * 5),
        mechanism=pl.when(is_group | (pl.col("u_how") < 0.6))
        .then(pl.lit("01"))
        .when(pl.col("u_how") < 0.8)
        .then(pl.lit("02"))
        .otherwise(pl.lit("11")),
    )
    return rows.filter(pl.col("day") <= pl.col("end")).select(CONTACT_COLUMNS).sort("woman", "day", "spell")


def draw_recodings(births: pl.DataFrame, stays: pl.DataFrame, seed: int, p: Parameters) -> pl.DataFrame:
    """Return primary diagnoses that replace the first one during the index episode: woman, spell, day, group.

    The new diagnosis is coded after T1: the group known at T1 stays that of the mother.
    """
    rng = generator(seed, Topic.RECODED)
    births = with_uniforms(births.rename({"mother": "woman"}), rng, "u_coded", "u_day")
    births = births.with_columns(new_group=pick(rng, births.height, p.mothers.diagnosis.value))
    shifted = births["diagnosis_group"].replace_strict(
        list(DIAGNOSES), [*DIAGNOSES[1:], DIAGNOSES[0]], return_dtype=pl.String
    )
    births = births.with_columns(
        new_group=pl.when(pl.col("new_group") == pl.col("diagnosis_group")).then(shifted).otherwise("new_group"),
        begin=pl.col("t2") - pl.col("main_days"),
    )
    chosen = births.filter(pl.col("u_coded") < p.psychiatric.recoded_diagnosis.value)
    spells = stays.filter(pl.col("purpose") == "index").select("woman", "spell", "start", "end")
    rows = chosen.join(spells, on="woman", maintain_order="left").filter(pl.col("end") == pl.col("t2"))
    rows = rows.unique(["woman", "t1"], keep="last", maintain_order=True)
    earliest = pl.max_horizontal(pl.col("t1") + 1, pl.col("start"), pl.col("begin"))
    return rows.select("woman", "spell", day=spread("u_day", earliest, pl.col("t2")), group="new_group")
