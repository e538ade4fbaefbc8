"""The planted outcomes: involvement during the episode (o1), first plan (o3) and custody loss (o4)."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from dyadlink.synthetic.parameters import DIAGNOSES, PLAIN_TERMS, Effects, Parameters
from dyadlink.synthetic.people import draw_dyads, solve_level
from dyadlink.synthetic.randomness import Floats, Topic, generator, with_uniforms

FOLLOW_UP_DAYS = 365


def linear_predictor(effects: Effects) -> pl.Expr:
    """Return the log odds or log hazard of the covariates, without the constant."""
    ratios = effects.ratios.value
    plain = [pl.col(term).cast(pl.Float64) * math.log(ratios[term]) for term in PLAIN_TERMS]
    levels = [
        (pl.col("diagnosis_group") == level).cast(pl.Float64) * math.log(ratios[level]) for level in DIAGNOSES[1:]
    ]
    return pl.sum_horizontal(plain + levels)


def solve_log_rate(score: Floats, risk: float, days: int = FOLLOW_UP_DAYS) -> float:
    """Return the log of the daily baseline hazard that gives this mean risk over the days."""
    low, high = -40.0, 5.0
    for _ in range(100):
        middle = (low + high) / 2
        mean = float(np.mean(-np.expm1(-np.exp(np.minimum(score + middle, 50.0)) * days)))
        low, high = (middle, high) if mean < risk else (low, middle)
    return (low + high) / 2


def _event_day(frame: pl.DataFrame, effects: Effects, u: str, at_risk: str) -> pl.Series:
    """Return the latent day of an event after T2 (1, 2, ...) among those at risk, else null."""
    score = frame.select(linear_predictor(effects)).to_series().to_numpy()
    risk_set = frame[at_risk].to_numpy()
    if not risk_set.any():
        return pl.repeat(None, frame.height, dtype=pl.Int64, eager=True)
    rate = np.exp(score + solve_log_rate(score[risk_set], effects.risk.value))
    wait = np.ceil(-np.log1p(-frame[u].to_numpy()) / rate)
    days = pl.Series(np.clip(wait, 1, 1e6).astype(np.int64))
    return frame.select(pl.when(pl.col(at_risk) & (days <= FOLLOW_UP_DAYS)).then(days)).to_series()


def with_outcomes(dyads: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return the dyads with o1, state at T2, and the days after T2 of the first plan and of custody loss.

    Twins share their uniform numbers: each follows the marginal model, and they tend to have one fate.
    Columns added: o1, lost_by_t2, on_plan_at_t2, `loss_day` and `plan_day` (days after T2; null if none).
    """
    names = ("u_o1", "u_lost", "u_on_plan", "u_loss", "u_plan")
    births = with_uniforms(dyads.select("birth_id").unique(maintain_order=True), rng, *names)
    frame = dyads.join(births, on="birth_id", maintain_order="left")
    score = frame.select(linear_predictor(p.effects.o1)).to_series().to_numpy()
    risk = 1 / (1 + np.exp(-(score + solve_level(score, p.effects.o1.risk.value))))
    care = p.social_care
    share_lost = min(1.0, care.lost_by_t2.value / p.effects.o1.risk.value) if p.effects.o1.risk.value else 0.0
    frame = frame.with_columns(o1=pl.Series(frame["u_o1"].to_numpy() < risk)).with_columns(
        lost_by_t2=pl.col("o1") & (pl.col("u_lost") < share_lost)
    )
    frame = frame.with_columns(
        on_plan_at_t2=pl.col("o1") & ~pl.col("lost_by_t2") & (pl.col("u_on_plan") < care.on_plan_at_t2.value)
    ).with_columns(at_risk_loss=~pl.col("lost_by_t2"), at_risk_plan=~(pl.col("lost_by_t2") | pl.col("on_plan_at_t2")))
    frame = frame.with_columns(
        latent_loss_day=_event_day(frame, p.effects.o4, "u_loss", "at_risk_loss"),
        latent_plan_day=_event_day(frame, p.effects.o3, "u_plan", "at_risk_plan"),
    )
    return frame.with_columns(_observed_days()).drop(names)


def _observed_days() -> list[pl.Expr]:
    """Loss happens only before a death, a first plan only before loss and deaths."""
    death_day = pl.min_horizontal("infant_death", "mother_death") - pl.col("t2")
    # A mother of two index births may die long after the first follow-up: that death is no obstacle to it.
    alive = death_day.fill_null(10**6)
    loss, plan = pl.col("latent_loss_day"), pl.col("latent_plan_day")
    lost = pl.when(loss < alive).then(loss)
    return [
        lost.alias("loss_day"),
        pl.when((plan < alive) & (plan < lost.fill_null(10**6))).then(plan).alias("plan_day"),
    ]


def draw_latent_dyads(n_dyads: int, seed: int, p: Parameters) -> pl.DataFrame:
    """Return true covariates and outcomes of dyads without any record, for checks of the planted effects."""
    dyads = draw_dyads(n_dyads, generator(seed, Topic.PEOPLE), p)
    return with_outcomes(dyads, generator(seed, Topic.OUTCOMES), p)
