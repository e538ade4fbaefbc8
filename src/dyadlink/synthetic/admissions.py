"""Spells of acute care and other referrals of all women, as true facts; months and versions come later."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.synthetic.contacts import team_referrals
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import day
from dyadlink.synthetic.randomness import Topic, generator, lognormal_days, pick, spread, with_uniforms

STAY_COLUMNS = ("woman", "setting", "start", "end", "purpose", "spell_key")
"""One row per stay or team referral. `spell_key` is shared by the ward stays of one hospital spell."""
DAYS_BETWEEN_EPISODES = 3


def draw_stays(
    births: pl.DataFrame,
    mothers: pl.DataFrame,
    other: pl.DataFrame,
    seed: int,
    p: Parameters,
) -> pl.DataFrame:
    """Return all stays and team referrals, one row each, numbered `stay` and `spell`.

    Args:
        births: One row per birth of a study mother, with the index episode.
        mothers: One row per study mother.
        other: One row per other woman, with one stay.
        seed: The seed of the world.
        p: The parameters.
    """
    rng = generator(seed, Topic.ADMISSIONS)
    parts = [
        _index_stays(with_uniforms(births, rng, "u_one_spell", "u_picu"), p),
        _readmissions(births, rng, p),
        _earlier_stays(births, mothers, rng, p),
        _access_referrals(births, rng),
        team_referrals(births, generator(seed, Topic.TEAM_REFERRALS), p),
        _antenatal_stays(births, generator(seed, Topic.ANTENATAL), p),
        _other_stays(other),
    ]
    stays = pl.concat([part.select(STAY_COLUMNS) for part in parts])
    stays = stays.sort("woman", "start", "end", "setting", "spell_key").with_row_index("stay")
    order = stays["spell_key"].unique(maintain_order=True)
    spells = pl.DataFrame({"spell_key": order, "spell": pl.int_range(len(order), dtype=pl.Int64, eager=True)})
    return stays.join(spells, on="spell_key", maintain_order="left").drop("spell_key")


def _key(prefix: str) -> pl.Expr:
    return pl.format(prefix + "-{}", "birth_id")


def _index_stays(births: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    births = births.rename({"mother": "woman"}).with_columns(purpose=pl.lit("index"))
    main_start = pl.col("t2") - pl.col("main_days")
    ward_start = main_start - pl.col("gap_2") - pl.col("ward_days")
    crisis = births.filter(pl.col("crisis_days").is_not_null()).with_columns(
        setting=pl.lit("crht"),
        start=pl.col("t1"),
        end=pl.col("t1") + pl.col("crisis_days"),
        spell_key=_key("crisis"),
    )
    # A same-day move is sometimes one hospital spell with two ward stays, sometimes two spells.
    one_spell = (pl.col("gap_2") == 0) & (pl.col("u_one_spell") < 0.5)
    ward = births.filter(pl.col("ward_days").is_not_null()).with_columns(
        setting=pl.lit("ward"),
        start=ward_start,
        end=ward_start + pl.col("ward_days"),
        spell_key=pl.when(one_spell).then(_key("main")).otherwise(_key("ward")),
    )
    split = (
        (pl.col("service_type") == "ward")
        & (pl.col("main_days") >= 9)
        & (pl.col("u_picu") < p.admissions.intensive_care.value)
    )
    births = births.with_columns(
        picu_days=pl.when(split).then(pl.col("main_days") // 3).otherwise(0), spell_key=_key("main")
    )
    picu = births.filter(pl.col("picu_days") > 0).with_columns(
        setting=pl.lit("picu"), start=main_start, end=main_start + pl.col("picu_days")
    )
    main = births.with_columns(setting=pl.col("service_type"), start=main_start + pl.col("picu_days"), end=pl.col("t2"))
    return pl.concat([part.select(STAY_COLUMNS) for part in (crisis, ward, picu, main)])


def _readmissions(births: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return readmissions within a year of discharge: none that would be the index of the next birth."""
    n, a = births.height, p.admissions
    # A lognormal with the published median and quartile range has an eighth of its days beyond the year; cut at the
    # year it no longer has those quartiles. So the days are drawn between the quartiles themselves, on the log scale.
    edges = np.log([DAYS_BETWEEN_EPISODES + 1, *a.readmission_quartile_days.value, 366])
    wait = pl.Series(np.floor(np.exp(np.interp(rng.random(n), [0, 0.25, 0.5, 0.75, 1], edges))).astype(np.int64))
    chosen = pl.Series(rng.random(n) < a.readmission.value)
    frame = births.with_columns(
        wait=wait,
        days=pl.Series(lognormal_days(rng.standard_normal(n), 21.0, 0.7, 3, 120)),
        setting=pick(rng, n, {"ward": 0.46, "crht": 0.40, "mbu": 0.14}),
        next_birth=pl.col("birth").shift(-1).over("mother"),
    ).filter(chosen)
    frame = frame.with_columns(start=pl.col("t2") + pl.col("wait")).with_columns(
        end=pl.min_horizontal(pl.col("start") + pl.col("days"), "mother_death")
    )
    before_next = pl.col("end") + DAYS_BETWEEN_EPISODES < pl.col("next_birth")
    alive = pl.col("start") < pl.col("mother_death")
    return frame.filter(before_next.fill_null(value=True), alive.fill_null(value=True)).with_columns(
        woman=pl.col("mother"), purpose=pl.lit("readmission"), spell_key=_key("readmission")
    )


def _earlier_stays(
    births: pl.DataFrame, mothers: pl.DataFrame, rng: np.random.Generator, p: Parameters
) -> pl.DataFrame:
    """Return one or two stays before the first pregnancy, in the years that the extract covers."""
    first = births.group_by("mother", maintain_order=True).agg(pl.col("birth").min())
    frame = mothers.filter(pl.col("has_earlier_spell")).join(
        first.rename({"mother": "woman"}), on="woman", maintain_order="left"
    )
    frame = with_uniforms(frame, rng, "u_two")
    frame = frame.with_columns(
        n_stays=pl.when(pl.col("u_two") < 0.35).then(2).otherwise(1), opens=day(p.period.mhsds_start.value)
    ).with_columns(stay_no=pl.int_ranges(0, pl.col("n_stays")))
    frame = frame.explode("stay_no")
    n = frame.height
    frame = with_uniforms(frame, rng, "u_start").with_columns(
        days=pl.Series(lognormal_days(rng.standard_normal(n), 22.0, 0.6, 3, 50)),
        setting=pick(rng, n, {"ward": 0.9, "picu": 0.1}),
        width=(pl.col("birth") - 295 - pl.col("opens")) // pl.col("n_stays"),
    )
    room = pl.max_horizontal(0, pl.col("width") - pl.col("days") - DAYS_BETWEEN_EPISODES - 2)
    frame = frame.with_columns(start=pl.col("opens") + pl.col("stay_no") * pl.col("width") + spread("u_start", 0, room))
    return frame.with_columns(
        end=pl.col("start") + pl.col("days"),
        purpose=pl.lit("earlier"),
        spell_key=pl.format("earlier-{}-{}", "woman", "stay_no"),
    )


def _access_referrals(births: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return referrals to a single point of access (A18), which are not acute care."""
    births = births.rename({"mother": "woman"}).with_columns(purpose=pl.lit("team"))
    births = with_uniforms(births, rng, "u_a18", "u_days", "u_lead")
    access = births.filter(pl.col("u_a18") < 0.5).with_columns(
        setting=pl.lit("A18"), start=pl.col("t1") - spread("u_lead", 0, 9), spell_key=_key("access")
    )
    end = pl.min_horizontal(pl.col("start") + spread("u_days", 1, 12), "mother_death")
    return access.with_columns(end=end).select(STAY_COLUMNS)


def _antenatal_stays(births: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return admissions in pregnancy that go on past the birth, of a few mothers with earlier admissions."""
    births = with_uniforms(births.rename({"mother": "woman"}), rng, "u_spans", "u_before", "u_past")
    room = (pl.col("t1") - pl.col("birth") > 25) & (pl.col("birth_no") == 1) & pl.col("has_earlier_spell")
    chosen = births.filter(room, pl.col("u_spans") < p.psychiatric.spans_birth.value / p.mothers.prior_admission.value)
    return chosen.with_columns(
        setting=pl.lit("ward"),
        purpose=pl.lit("antenatal"),
        start=pl.col("birth") - spread("u_before", 5, 40),
        end=pl.col("birth") + spread("u_past", 1, 12),
        spell_key=_key("antenatal"),
    )


def _other_stays(other: pl.DataFrame) -> pl.DataFrame:
    return other.with_columns(
        start=pl.col("stay_start"),
        end=pl.col("stay_start") + pl.col("stay_days"),
        purpose=pl.lit("other"),
        spell_key=pl.format("other-{}", "woman"),
    )


def detentions(stays: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return periods of detention (section 2, then sometimes 3) inside hospital spells.

    Columns: woman, spell, start, end (null while the spell is open), `legal_status` 02 or 03.
    """
    wards = stays.filter(pl.col("setting").is_in(["mbu", "ward", "picu"]))
    spells = wards.group_by("woman", "spell", maintain_order=True).agg(
        pl.col("start").min(), pl.col("end").max(), pl.col("purpose").first()
    )
    spells = with_uniforms(spells, rng, "u_held", "u_third", "u_days")
    held = spells.filter(pl.col("u_held") < p.admissions.detention.value)
    second = held.with_columns(
        end=pl.min_horizontal("end", pl.col("start") + spread("u_days", 5, 28)), legal_status=pl.lit("02")
    )
    third = held.with_columns(start=pl.col("start") + spread("u_days", 5, 28), legal_status=pl.lit("03")).filter(
        pl.col("start") < pl.col("end"), pl.col("u_third") < 0.5
    )
    columns = ("woman", "spell", "purpose", "start", "end", "legal_status")
    return pl.concat([second.select(columns), third.select(columns)]).sort("woman", "start")
