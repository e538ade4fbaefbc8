"""A random analysis table that obeys the `Analysis` contract and holds known effects."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from dyadlink.schemas import CSC_LEVELS, Analysis, check_table

TRUE_EFFECTS: dict[tuple[str, str], float] = {
    ("deprivation", ""): 0.25,
    ("has_childhood_trauma", "yes"): 0.6,
    ("has_domestic_abuse", "yes"): 0.5,
    ("diagnosis_group", "schizophrenia_spectrum"): 0.9,
    ("diagnosis_group", "personality_disorder"): 0.8,
    ("has_prior_admission", "yes"): 0.4,
    ("is_single", "yes"): 0.3,
}
"""Log odds ratios of O1 and log cause-specific hazard ratios of O3 and O4; every other effect is 0."""

LOGISTIC_INTERCEPT = -2.0
DAILY_HAZARDS = {"plan": 2.5e-4, "loss": 1.5e-4, "death": 2e-5, "moved": 3e-4}
FOLLOW_UP_DAYS = 365


def make_analysis_table(n: int, seed: int, missing: float = 0.05) -> pl.DataFrame:
    """A table of n dyads, 3 in 100 a mother's second; `missing` is a share of each nullable covariate."""
    rng = np.random.default_rng(seed)
    covariates = _covariates(rng, n)
    score = sum(
        effect * (covariates[term] if not level else covariates[term] == (level if level != "yes" else True))
        for (term, level), effect in TRUE_EFFECTS.items()
    )
    frame = pl.DataFrame({**covariates, **_outcomes(rng, np.asarray(score), n)})
    for name in ("ethnicity", "is_single", "parity", "diagnosis_group", "infant_sex", "is_preterm"):
        frame = frame.with_columns(pl.when(pl.Series(rng.random(n) >= missing)).then(pl.col(name)).alias(name))
    is_known = pl.Series(rng.random(n) >= missing)
    frame = frame.with_columns(
        deprivation=pl.when(is_known).then("deprivation"),
        deprivation_quintile=pl.when(is_known).then(5 - pl.col("deprivation")),
    )
    return check_table(_with_days(frame), Analysis, "analysis")


def _covariates(rng: np.random.Generator, n: int) -> dict[str, Any]:
    def draw(levels: list[str], shares: list[float]) -> Any:
        return rng.choice(levels, size=n, p=shares)

    age = rng.integers(17, 45, n)
    diagnoses = ["depression", "schizophrenia_spectrum", "bipolar", "personality_disorder", "other"]
    return {
        "dyad_id": np.arange(1, n + 1),
        "mother_number": np.arange(1, n + 1) - (rng.random(n) < 0.03) * (np.arange(n) > 0),
        "country": draw(["England", "Wales"], [0.94, 0.06]),
        "la_code": draw(["301", "302", "670"], [0.5, 0.44, 0.06]),
        "birth_month": [date(2020, 1 + int(month), 1) for month in rng.integers(0, 12, n)],
        "maternal_age_years": age,
        "maternal_age_band": np.array(["under 25", "25-29", "30-34", "35 and over"])[np.digitize(age, [25, 30, 35])],
        "ethnicity": draw(["white", "black", "asian", "mixed", "other"], [0.7, 0.1, 0.12, 0.05, 0.03]),
        "deprivation": rng.integers(0, 5, n),
        "is_single": rng.random(n) < 0.4,
        "parity": draw(["0", "1", "2+"], [0.5, 0.3, 0.2]),
        "diagnosis_group": draw(diagnoses, [0.40, 0.18, 0.15, 0.12, 0.15]),
        "has_comorbid_personality_disorder": rng.random(n) < 0.1,
        "has_comorbid_substance_use": rng.random(n) < 0.1,
        "has_domestic_abuse": rng.random(n) < 0.25,
        "has_childhood_trauma": rng.random(n) < 0.3,
        "has_prior_admission": rng.random(n) < 0.35,
        "is_detained": rng.random(n) < 0.2,
        "service_type": draw(["mbu", "ward", "crht"], [0.39, 0.22, 0.39]),
        "infant_sex": draw(["male", "female"], [0.51, 0.49]),
        "is_preterm": rng.random(n) < 0.08,
        "is_multiple_birth": rng.random(n) < 0.03,
        "infant_age_days": rng.integers(0, 365, n),
        "episode_days": rng.integers(1, 120, n),
    }


def _outcomes(rng: np.random.Generator, score: Any, n: int) -> dict[str, Any]:
    def day(cause: str, log_ratio: Any) -> Any:
        rate = DAILY_HAZARDS[cause] * np.exp(log_ratio)
        return np.ceil(rng.exponential(1 / rate, n)).astype(np.int64)

    o1 = rng.random(n) < 1 / (1 + np.exp(-(LOGISTIC_INTERCEPT + score)))
    is_lost = o1 & (rng.random(n) < 0.15)
    is_on_plan = o1 & (rng.random(n) < 0.2)
    level = np.where(o1, rng.choice(CSC_LEVELS[1:5], size=n), "none")
    return {
        "o1": o1,
        "is_linked": o1,
        "is_custody_lost_by_t2": is_lost,
        "is_on_plan_at_t2": is_on_plan,
        "csc_level_episode": np.where(is_lost, "looked_after_apart", level),
        "csc_level_birth": np.where(rng.random(n) < 0.3, level, "none"),
        "csc_level_t1": np.where(rng.random(n) < 0.6, level, "none"),
        "csc_level_t2": np.where(is_lost, "looked_after_apart", level),
        "has_readmission": rng.random(n) < 0.24,
        # A stream of its own: the other columns stay as they are.
        "readmission_day": rng.spawn(1)[0].integers(1, FOLLOW_UP_DAYS + 1, n),
        "plan_day": day("plan", score),
        "loss_day": day("loss", score),
        "death_day": day("death", 0.0),
        "moved_day": np.minimum(day("moved", 0.0), FOLLOW_UP_DAYS),
        "is_open_at_t3": rng.random(n) < 1 / (1 + np.exp(-(LOGISTIC_INTERCEPT + score))),
    }


def _with_days(frame: pl.DataFrame) -> pl.DataFrame:
    in_custody = ~pl.col("is_custody_lost_by_t2")
    is_observed = pl.col("moved_day") == FOLLOW_UP_DAYS
    open_level = pl.when("is_open_at_t3").then(pl.lit("child_in_need")).otherwise(pl.lit("none"))
    return (
        frame.with_columns(o3_at_risk=in_custody & ~pl.col("is_on_plan_at_t2"), o4_at_risk=in_custody)
        .with_columns(
            *_ended("o3", {"child_protection_plan": "plan_day", "custody_loss": "loss_day", "death": "death_day"}),
            *_ended("o4", {"custody_loss": "loss_day", "death": "death_day"}),
            o2=pl.when(is_observed).then("is_open_at_t3"),
            csc_level_t3=pl.when(is_observed).then(open_level),
        )
        .with_columns(
            follow_up_days=pl.min_horizontal("moved_day", "death_day"),
            end_reason=pl.when(pl.col("death_day") <= pl.col("moved_day"))
            .then(pl.lit("death"))
            .when(is_observed)
            .then(pl.lit("t3"))
            .otherwise(pl.lit("moved_away")),
            o3_at_t3=pl.when(is_observed).then(pl.col("is_on_plan_at_t2")),
            o4_at_t3=pl.when(is_observed).then(pl.col("o4_event").fill_null("custody_loss") == "custody_loss"),
            o4_any=pl.when(pl.col("o4_event").fill_null("custody_loss") == "custody_loss")
            .then(True)
            .when(is_observed)
            .then(False),
            apart_from=pl.when(pl.col("is_custody_lost_by_t2")).then(pl.lit("t2")),
            return_days=pl.when(pl.col("is_custody_lost_by_t2")).then("moved_day"),
            return_event=pl.when(pl.col("is_custody_lost_by_t2")).then(pl.lit("censored")),
            o2_any=pl.when("is_open_at_t3").then(True).when(is_observed).then(pl.col("has_readmission")),
            readmission_days=pl.when("has_readmission").then(pl.min_horizontal("readmission_day", "moved_day")),
            o3=_yes_no_unknown("o3", "child_protection_plan"),
            o4=_yes_no_unknown("o4", "custody_loss"),
        )
    )


def _ended(outcome: str, day_of: dict[str, str]) -> list[pl.Expr]:
    """Days and event of whichever comes first; on the same day censoring comes last."""
    first = pl.min_horizontal("moved_day", *day_of.values())
    event = pl.lit("censored")
    for cause, column in reversed(day_of.items()):
        event = pl.when(pl.col(column) == first).then(pl.lit(cause)).otherwise(event)
    at_risk = pl.col(f"{outcome}_at_risk")
    return [
        pl.when(at_risk).then(first).alias(f"{outcome}_days"),
        pl.when(at_risk).then(event).alias(f"{outcome}_event"),
    ]


def _yes_no_unknown(outcome: str, cause: str) -> pl.Expr:
    event, days = pl.col(f"{outcome}_event"), pl.col(f"{outcome}_days")
    is_known = (event != "censored") | (days == FOLLOW_UP_DAYS)
    return pl.when(is_known).then(event == cause)
