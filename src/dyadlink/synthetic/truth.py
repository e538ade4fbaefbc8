"""The truth of the synthetic world: links, dyads, planted effects and the parameters used."""

from __future__ import annotations

import math
from pathlib import Path

import polars as pl
import yaml

from dyadlink.synthetic.care import TOGETHER_PLACES
from dyadlink.synthetic.children import SocialCareWorld
from dyadlink.synthetic.outcomes import FOLLOW_UP_DAYS
from dyadlink.synthetic.parameters import LINEAR_TERMS, PLAIN_TERMS, Effects, Parameters

PERMANENT_ENDS = ("E11", "E12", "E41", "E45", "E46", "E47", "E48")
LEVELS = (
    "permanently_elsewhere",
    "looked_after_apart",
    "looked_after_with_mother",
    "child_protection_plan",
    "section_47",
    "child_in_need",
    "referral_assessment",
)
DAYS_OF_ENQUIRY = 22
DYAD_FIELDS = (
    "mother_id",
    "infant_id",
    "la_code",
    "country",
    "birth_date",
    "t1_date",
    "t2_date",
    "t3_date",
    "service_type",
    "maternal_age",
    "ethnicity",
    "deprivation_quintile",
    "deprivation",
    "is_single",
    "parity",
    "diagnosis_group",
    "has_comorbid_personality_disorder",
    "has_comorbid_substance",
    "has_prior_admission",
    "is_detained",
    "has_domestic_abuse",
    "has_childhood_trauma",
    "infant_sex",
    "gestation_days",
    "is_multiple",
    "infant_age_at_t1_days",
    "csc_level_t1",
    "csc_level_t2",
    "o1",
    "lost_by_t2",
    "on_plan_at_t2",
    "loss_date",
    "cpp_date",
    "loss_date_by_t2",
    "readmission_date",
    "infant_death_date",
    "mother_death_date",
)


def _on_day(frame: pl.DataFrame, days: pl.DataFrame, alias: str) -> pl.DataFrame:
    """Return the dyads with a row of the frame that covers their day (start <= day < end)."""
    rows = frame.join(days, on="dyad", how="inner")
    open_then = (pl.col("start") <= pl.col("day")) & (pl.col("end").fill_null(10**7) > pl.col("day"))
    return rows.filter(open_then).select("dyad").unique().with_columns(pl.lit(alias).alias("level"))


def level_on_day(world: SocialCareWorld, days: pl.DataFrame) -> pl.DataFrame:
    """Return the highest level of involvement of each dyad on its own day: dyad, level.

    ASSUME: a section 47 enquiry lasts until its conference, or 22 days when none is held; a child is in
    need while a child in need plan is open.

    Args:
        world: The social care records.
        days: One row per dyad: dyad, day.
    """
    dyad_of = world.children.select("child", "dyad").filter(pl.col("dyad").is_not_null())
    cases = world.cases.select("case", "child").join(dyad_of, on="child", how="inner")
    care = world.care.join(dyad_of, on="child", how="inner")
    together = pl.col("place").is_in(TOGETHER_PLACES)
    records = world.records
    enquiry_end = pl.coalesce("conference", pl.col("start") + DAYS_OF_ENQUIRY)
    permanent = care.filter(pl.col("rec").is_in(PERMANENT_ENDS))
    frames = {
        "permanently_elsewhere": permanent.select("dyad", start="end", end=pl.lit(None, pl.Int64)),
        "looked_after_apart": care.filter(~together),
        "looked_after_with_mother": care.filter(together),
        "child_protection_plan": records.plans.drop("child").join(cases, on="case"),
        "section_47": records.enquiries.with_columns(end=enquiry_end).join(cases, on="case"),
        "child_in_need": records.need_plans.join(cases, on="case"),
        "referral_assessment": records.episodes.drop("child")
        .join(cases, on="case")
        .rename({"referral": "start", "closure": "end"}),
    }
    found = pl.concat([_on_day(frames[name], days, name) for name in LEVELS])
    order = found["level"].replace_strict(list(LEVELS), list(range(len(LEVELS))), return_dtype=pl.Int64)
    best = found.with_columns(order=order).sort("dyad", "order").unique("dyad", keep="first", maintain_order=True)
    return (
        days.select("dyad")
        .join(best, on="dyad", how="left", maintain_order="left")
        .select("dyad", pl.col("level").fill_null("none"))
    )


def truth_of_dyads(
    dyads: pl.DataFrame, stays: pl.DataFrame, held: pl.DataFrame, world: SocialCareWorld
) -> pl.DataFrame:
    """Return truth/dyads.csv: covariates, states and outcomes, one row per dyad."""
    t1 = level_on_day(world, dyads.select("dyad", day="t1")).rename({"level": "csc_level_t1"})
    t2 = level_on_day(world, dyads.select("dyad", day="t2")).rename({"level": "csc_level_t2"})
    index = held.filter(pl.col("purpose") == "index").select(mother="woman", held_start="start")
    held_dyads = dyads.join(index, on="mother").filter(
        pl.col("held_start") >= pl.col("t1"), pl.col("held_start") <= pl.col("t2")
    )
    acute = stays.filter(pl.col("setting").is_in(["mbu", "ward", "picu", "crht"]))
    again = dyads.join(acute.select(mother="woman", again="start"), on="mother").filter(
        pl.col("again") > pl.col("t2"), pl.col("again") <= pl.col("t2") + FOLLOW_UP_DAYS
    )
    again = again.group_by("dyad").agg(readmission=pl.col("again").min())
    moved = world.cases.filter(pl.col("is_dyad"), pl.col("apart_from").is_not_null())
    apart = moved.group_by("dyad").agg(pl.col("apart_from").min())
    frame = dyads.join(t1, on="dyad", maintain_order="left").join(t2, on="dyad", maintain_order="left")
    frame = frame.join(again, on="dyad", how="left", maintain_order="left")
    frame = frame.join(apart, on="dyad", how="left", maintain_order="left")
    dates = {
        "birth_date": pl.col("birth"),
        "t1_date": pl.col("t1"),
        "t2_date": pl.col("t2"),
        "t3_date": pl.col("t2") + FOLLOW_UP_DAYS,
        "loss_date": pl.col("t2") + pl.col("loss_day"),
        "cpp_date": pl.col("t2") + pl.col("plan_day"),
        "loss_date_by_t2": pl.when("lost_by_t2").then("apart_from"),
        "readmission_date": pl.col("readmission"),
        "infant_death_date": pl.col("infant_death"),
        "mother_death_date": pl.col("mother_death"),
    }
    frame = frame.with_columns(
        mother_id="person_id",
        infant_id="baby_id",
        infant_age_at_t1_days=pl.col("t1") - pl.col("birth"),
        is_detained=pl.col("dyad").is_in(held_dyads["dyad"].unique().sort().implode()),
        **{name: value.cast(pl.Int32).cast(pl.Date) for name, value in dates.items()},
    )
    return frame.select(DYAD_FIELDS)


def links(world: SocialCareWorld, dyads: pl.DataFrame) -> pl.DataFrame:
    """Return truth/links.csv: one row per infant and authority that truly knows it."""
    rows = world.children.filter(pl.col("dyad").is_not_null())
    rows = rows.join(dyads.select("dyad", "baby_id"), on="dyad", maintain_order="left")
    return rows.select(infant_id="baby_id", la_code="la_code", la_child_id="la_child_id").sort("la_code", "la_child_id")


def planted_effects(p: Parameters) -> pl.DataFrame:
    """Return truth/effects.csv: one row per outcome and term."""
    parts = [
        _effect_rows("o1", "logistic", "log odds", p.effects.o1),
        _effect_rows("o3", "cox", "log hazard", p.effects.o3),
        _effect_rows("o4", "cox", "log hazard", p.effects.o4),
    ]
    return pl.concat(parts)


def _level(name: str) -> str | None:
    """The level that an effect belongs to: none for a linear term, yes for a binary one, else the diagnosis."""
    if name in LINEAR_TERMS:
        return None
    return "yes" if name in PLAIN_TERMS else name


def _effect_rows(outcome: str, family: str, scale: str, effects: Effects) -> pl.DataFrame:
    names = list(effects.ratios.value)
    return pl.DataFrame(
        {
            "outcome": outcome,
            "family": family,
            "term": [name if name in PLAIN_TERMS else "diagnosis_group" for name in names],
            "level": [_level(name) for name in names],
            "effect": [round(math.log(effects.ratios.value[name]), 10) for name in names],
            "scale": scale,
            "source": effects.ratios.source,
        },
        schema_overrides={"level": pl.String},
    )


def write_parameters(p: Parameters, preset: str, seed: int, path: Path) -> None:
    """Write the parameters together with the preset and the seed they were used with."""
    used = {"preset": preset, "seed": seed, "parameters": p.model_dump(mode="json")}
    path.write_text(yaml.safe_dump(used, sort_keys=False, allow_unicode=True), encoding="utf-8")
