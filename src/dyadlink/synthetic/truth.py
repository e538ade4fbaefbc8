"""The truth of the synthetic world: links, dyads, planted effects and the parameters used."""

from __future__ import annotations

import math
from pathlib import Path

import polars as pl

from dyadlink.synthetic.children import SocialCareWorld
from dyadlink.synthetic.files import write_yaml
from dyadlink.synthetic.levels import EVENTS, event_days, level_intervals, level_on_days, state_intervals
from dyadlink.synthetic.outcomes import FOLLOW_UP_DAYS
from dyadlink.synthetic.parameters import LINEAR_TERMS, PLAIN_TERMS, Effects, Parameters

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
    "csc_level_birth",
    "csc_level_t1",
    "csc_level_t2",
    "csc_level_t3",
    "o1",
    "lost_by_t2",
    "on_plan_at_t2",
    "loss_date",
    "cpp_date",
    "loss_date_by_t2",
    "readmission_date",
    "infant_death_date",
    "mother_death_date",
    "o2",
    "earlier_removals",
    "has_partner",
    "was_detained",
    "first_referral_date",
    "first_child_in_need_date",
    "first_section_47_date",
    "first_plan_date",
    "first_with_mother_date",
    "first_apart_date",
    "return_home_date",
    "permanence_date",
    "move_date",
    "moved_to_la_code",
)


def _levels_at_timepoints(intervals: pl.DataFrame, dyads: pl.DataFrame) -> pl.DataFrame:
    """Return the dyads' levels at birth, T1, T2 and T3; null at T3 where infant or mother died by then."""
    t3 = pl.col("t2") + FOLLOW_UP_DAYS
    days = {"birth": pl.col("birth"), "t1": pl.col("t1"), "t2": pl.col("t2"), "t3": t3}
    found = dyads.select("dyad", "t2", "infant_death", "mother_death")
    for name, day in days.items():
        level = level_on_days(intervals, dyads.select("dyad", day=day)).rename({"level": f"csc_level_{name}"})
        found = found.join(level.drop("day"), on="dyad", maintain_order="left")
    died = (pl.min_horizontal("infant_death", "mother_death") <= t3).fill_null(value=False)
    found = found.with_columns(csc_level_t3=pl.when(~died).then("csc_level_t3"))
    return found.drop("t2", "infant_death", "mother_death").with_columns(o2=pl.col("csc_level_t3") != "none")


def _detained(dyads: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Return per dyad whether the mother was detained on T1, and on any day of the episode."""
    index = held.filter(pl.col("purpose") == "index").select(mother="woman", held_start="start", held_end="end")
    both = dyads.select("dyad", "mother", "t1", "t2").join(index, on="mother", maintain_order="left")
    both = both.filter(pl.col("held_start") >= pl.col("t1"), pl.col("held_start") <= pl.col("t2"))
    first = both.filter(pl.col("held_start") == pl.col("t1"))
    return dyads.select(
        "dyad",
        is_detained=pl.col("dyad").is_in(first["dyad"].unique().sort().implode()),
        was_detained=pl.col("dyad").is_in(both["dyad"].unique().sort().implode()),
    )


def _readmissions(dyads: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    acute = stays.filter(pl.col("setting").is_in(["mbu", "ward", "picu", "crht"]))
    again = dyads.join(acute.select(mother="woman", again="start"), on="mother").filter(
        pl.col("again") > pl.col("t2"), pl.col("again") <= pl.col("t2") + FOLLOW_UP_DAYS
    )
    return again.group_by("dyad").agg(readmission=pl.col("again").min())


def truth_of_dyads(
    dyads: pl.DataFrame, stays: pl.DataFrame, held: pl.DataFrame, world: SocialCareWorld
) -> pl.DataFrame:
    """Return truth/dyads.csv: covariates, states and outcomes, one row per dyad."""
    intervals = level_intervals(world, dyads)
    parts = [
        _levels_at_timepoints(intervals, dyads),
        _detained(dyads, held),
        event_days(intervals, dyads),
        _readmissions(dyads, stays),
    ]
    frame = dyads
    for part in parts:
        frame = frame.join(part, on="dyad", how="left", maintain_order="left")
    loss_by_t2 = pl.when(pl.col("lost_by_t2")).then("first_apart")
    dates = {
        "birth_date": pl.col("birth"),
        "t1_date": pl.col("t1"),
        "t2_date": pl.col("t2"),
        "t3_date": pl.col("t2") + FOLLOW_UP_DAYS,
        "loss_date": pl.col("t2") + pl.col("loss_day"),
        "cpp_date": pl.col("t2") + pl.col("plan_day"),
        "loss_date_by_t2": loss_by_t2,
        "readmission_date": pl.col("readmission"),
        "infant_death_date": pl.col("infant_death"),
        "mother_death_date": pl.col("mother_death"),
        "move_date": pl.col("move_day"),
        **{f"{name}_date": pl.col(name) for name in EVENTS},
    }
    codes = world.children.select(new_la="la", moved_to_la_code="la_code").unique(maintain_order=True)
    frame = frame.join(codes, on="new_la", how="left", maintain_order="left").with_columns(
        mother_id="person_id",
        infant_id="baby_id",
        infant_age_at_t1_days=pl.col("t1") - pl.col("birth"),
        **{name: value.cast(pl.Int32).cast(pl.Date) for name, value in dates.items()},
    )
    return frame.select(DYAD_FIELDS)


def truth_of_states(dyads: pl.DataFrame, world: SocialCareWorld) -> pl.DataFrame:
    """Return truth/states.csv: levels of each dyad without gaps, from 200 days before the birth on."""
    rows = state_intervals(level_intervals(world, dyads), dyads)
    rows = rows.join(dyads.select("dyad", mother_id="person_id", infant_id="baby_id"), on="dyad", maintain_order="left")
    days = {name: pl.col(name).cast(pl.Int32).cast(pl.Date) for name in ("start", "end")}
    return rows.select("mother_id", "infant_id", "level", start_date=days["start"], end_date=days["end"])


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
        _no_effect_rows("negative_control", "logistic", "log odds", p.effects.o1),
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


def _no_effect_rows(outcome: str, family: str, scale: str, terms_of: Effects) -> pl.DataFrame:
    """Zeros for the same terms: the infant's sex is drawn apart from everything."""
    rows = _effect_rows(outcome, family, scale, terms_of)
    return rows.with_columns(effect=pl.lit(0.0), source=pl.lit("drawn independently of every covariate"))


def write_parameters(p: Parameters, preset: str, seed: int, path: Path) -> None:
    """Write the parameters together with the preset and the seed they were used with, and no other preset."""
    alone = p.model_copy(update={"presets": {preset: p.preset(preset)}})
    write_yaml({"preset": preset, "seed": seed, "parameters": alone.model_dump(mode="json")}, path)
