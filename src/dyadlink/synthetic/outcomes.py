"""The planted outcomes: involvement during the episode (o1), first plan (o3) and custody loss (o4).

Given the covariates x, o1 is logistic, and the first plan and custody loss after T2 have proportional cause-specific
hazards among those at risk. Infants involved during the episode have more of both: the uniform numbers behind the
times are tied to o1 by a Gaussian copula that leaves each of these models as it is (see `dependent_uniforms`).
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri

from dyadlink.synthetic.parameters import DIAGNOSES, PLAIN_TERMS, Effects, Parameters
from dyadlink.synthetic.people import draw_dyads, solve_level
from dyadlink.synthetic.places import authorities
from dyadlink.synthetic.randomness import Floats, Topic, generator, with_uniforms

FOLLOW_UP_DAYS = 365
NEVER = 10**6
UNIFORMS = ("u_o1", "u_lost", "u_on_plan", "u_loss", "u_plan", "u_tie_loss", "u_tie_plan")


def linear_predictor(effects: Effects) -> pl.Expr:
    """Return the log odds or log hazard of the covariates, without the constant."""
    ratios = effects.ratios.value
    plain = [pl.col(term).cast(pl.Float64) * math.log(ratios[term]) for term in PLAIN_TERMS]
    levels = [
        (pl.col("diagnosis_group") == level).cast(pl.Float64) * math.log(ratios[level]) for level in DIAGNOSES[1:]
    ]
    return pl.sum_horizontal(plain + levels)


def scores(frame: pl.DataFrame, effects: Effects) -> Floats:
    """Return the linear predictor of every row."""
    return frame.select(linear_predictor(effects)).to_series().to_numpy()


def solve_log_rate(score: Floats, risk: float, days: int = FOLLOW_UP_DAYS) -> float:
    """Return the log of the daily baseline hazard that gives this mean risk over the days."""
    low, high = -40.0, 5.0
    # The mean over distinct scores, weighted by how often each occurs, costs nothing at a million rows.
    values, counts = np.unique(score, return_counts=True)
    for _ in range(100):
        middle = (low + high) / 2
        each = -np.expm1(-np.exp(np.minimum(values + middle, 50.0)) * days)
        low, high = (middle, high) if float(np.average(each, weights=counts)) < risk else (low, middle)
    return (low + high) / 2


def log_rate_at_risk(frame: pl.DataFrame, effects: Effects, at_risk: str) -> float:
    """Return the log baseline hazard of an outcome that gives its mean risk among those at risk."""
    mask = frame[at_risk].to_numpy()
    return solve_log_rate(scores(frame, effects)[mask], effects.risk.value) if mask.any() else -40.0


def latent_days(score: Floats, log_rate: float, u: Floats) -> Floats:
    """Return the day after T2 (1, 2, ...) of an event with constant hazard, from a uniform number."""
    wait = np.ceil(-np.log1p(-u) / np.exp(score + log_rate))
    return np.clip(wait, 1, NEVER)


def _open_unit(u: Floats) -> Floats:
    return np.clip(u, 1e-12, 1 - 1e-12)


def _tied(u: Floats, involved: Floats, chance: Floats, u_tie: Floats, rho: float) -> Floats:
    """Return uniform numbers tied to involvement.

    With `chance` = P(involved), v ~ U(0, chance) if involved, else U(chance, 1), is uniform; so is the result,
    whatever rho. Small numbers are early events, so rho > 0 gives the involved more of them.
    """
    v = np.where(involved > 0, u_tie * chance, chance + u_tie * (1 - chance))
    return np.asarray(ndtr(rho * ndtri(_open_unit(v)) + math.sqrt(1 - rho**2) * ndtri(_open_unit(u))))


def dependent_uniforms(frame: pl.DataFrame, chance: Floats, p: Parameters) -> tuple[Floats, Floats]:
    """Return the uniform numbers of the loss and plan times, tied to o1 and uniform given x in their risk sets.

    Loss: among those not lost by T2, P(o1 | x) is p' = p (1 - s) / (1 - p s), s the share lost of the involved.
    Plan: among those neither lost nor on a plan, P(o1 | x, loss time) follows from the copula of the loss, so
    that the plan's number is uniform given x and the loss time: its hazard with loss competing is the planted one.
    """
    care = p.social_care
    rho_loss, rho_plan = care.loss_correlation.value, care.plan_correlation.value
    o1 = frame["o1"].to_numpy().astype(np.float64)
    lost = share_lost(p)
    kept = chance * (1 - lost) / np.maximum(1 - chance * lost, 1e-12)
    u_loss = _tied(frame["u_loss"].to_numpy(), o1, kept, frame["u_tie_loss"].to_numpy(), rho_loss)
    given_loss = ndtr(
        (ndtri(_open_unit(kept)) - rho_loss * ndtri(_open_unit(u_loss))) / math.sqrt(max(1 - rho_loss**2, 1e-9))
    )
    on_plan = care.on_plan_at_t2.value
    free = given_loss * (1 - on_plan) / np.maximum(1 - given_loss * on_plan, 1e-12)
    u_plan = _tied(frame["u_plan"].to_numpy(), o1, free, frame["u_tie_plan"].to_numpy(), rho_plan)
    return u_loss, u_plan


def share_lost(p: Parameters) -> float:
    """Return the share of the involved whose custody is lost by T2."""
    risk = p.effects.o1.risk.value
    return min(1.0, p.social_care.lost_by_t2.value / risk) if risk else 0.0


def with_outcomes(dyads: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return the dyads with o1, state at T2, and the days after T2 of the first plan and of custody loss.

    Twins share their uniform numbers: each follows the marginal model, and they tend to have one fate.
    Columns added: o1, lost_by_t2, on_plan_at_t2, at_risk_loss, at_risk_plan, `loss_day` and `plan_day` (days after
    T2; null if none), and their uniform numbers `tied_loss` and `tied_plan`.
    """
    births = with_uniforms(dyads.select("birth_id").unique(maintain_order=True), rng, *UNIFORMS)
    frame = dyads.join(births, on="birth_id", maintain_order="left")
    score = scores(frame, p.effects.o1)
    chance = 1 / (1 + np.exp(-(score + solve_level(score, p.effects.o1.risk.value))))
    care = p.social_care
    dead = pl.min_horizontal("infant_death", "mother_death") <= pl.col("t2")
    frame = frame.with_columns(o1=pl.Series(frame["u_o1"].to_numpy() < chance), dead=dead.fill_null(value=False))
    frame = frame.with_columns(
        lost_by_t2=pl.col("o1") & (pl.col("u_lost") < share_lost(p)) & ~_infant_dead()
    ).with_columns(
        on_plan_at_t2=pl.col("o1")
        & ~pl.col("lost_by_t2")
        & (pl.col("u_on_plan") < care.on_plan_at_t2.value)
        & ~_infant_dead()
    )
    kept = ~(pl.col("lost_by_t2") | pl.col("dead"))
    frame = frame.with_columns(at_risk_loss=kept, at_risk_plan=kept & ~pl.col("on_plan_at_t2"))
    u_loss, u_plan = dependent_uniforms(frame, chance, p)
    frame = frame.with_columns(tied_loss=pl.Series(u_loss), tied_plan=pl.Series(u_plan))
    loss_rate = log_rate_at_risk(frame, p.effects.o4, "at_risk_loss")
    plan_rate = log_rate_at_risk(frame, p.effects.o3, "at_risk_plan")
    return with_event_days(frame, loss_rate, plan_rate, p).drop(*UNIFORMS, "dead")


def _infant_dead() -> pl.Expr:
    return (pl.col("infant_death") <= pl.col("t2")).fill_null(value=False)


def with_event_days(frame: pl.DataFrame, loss_rate: float, plan_rate: float, p: Parameters) -> pl.DataFrame:
    """Return the dyads with latent and observed days of loss and plan, from their tied uniform numbers."""
    loss = latent_days(scores(frame, p.effects.o4), loss_rate, frame["tied_loss"].to_numpy())
    plan = latent_days(scores(frame, p.effects.o3), plan_rate, frame["tied_plan"].to_numpy())
    frame = frame.with_columns(
        latent_loss_day=pl.Series(loss.astype(np.int64)), latent_plan_day=pl.Series(plan.astype(np.int64))
    )
    return frame.with_columns(
        pl.when(pl.col(at_risk) & (pl.col(name) <= FOLLOW_UP_DAYS)).then(name).alias(name)
        for name, at_risk in (("latent_loss_day", "at_risk_loss"), ("latent_plan_day", "at_risk_plan"))
    ).with_columns(_observed_days())


def _observed_days() -> list[pl.Expr]:
    """Loss happens only before a death, a first plan only before loss and deaths."""
    death_day = pl.min_horizontal("infant_death", "mother_death") - pl.col("t2")
    # A mother of two index births may die long after the first follow-up: that death is no obstacle to it.
    alive = death_day.fill_null(NEVER)
    loss, plan = pl.col("latent_loss_day"), pl.col("latent_plan_day")
    lost = pl.when(loss < alive).then(loss)
    return [
        lost.alias("loss_day"),
        pl.when((plan < alive) & (plan < lost.fill_null(NEVER))).then(plan).alias("plan_day"),
    ]


def draw_latent_dyads(n_dyads: int, seed: int, p: Parameters, places: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return true covariates and outcomes of dyads without any record.

    Args:
        n_dyads: How many.
        seed: The seed of the world.
        p: The parameters.
        places: The authorities they live in; the sample of twelve where none are given.
    """
    if places is None:
        places = authorities(p.period.first_census.value, p.period.last_census.value)
    dyads = draw_dyads(n_dyads, places, generator(seed, Topic.PEOPLE), p)
    return with_outcomes(dyads, generator(seed, Topic.OUTCOMES), p)
