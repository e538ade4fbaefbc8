"""The true marginal quantities: what an infinite cohort without any record error would give.

They follow from the planted models but are no parameters of them: cumulative incidences, standardised risks,
subdistribution hazard ratios and the limits of logistic models for outcomes that are not logistic. They are found
by simulating very many dyads without records.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from dyadlink.synthetic.course import states_at_t3
from dyadlink.synthetic.outcomes import (
    FOLLOW_UP_DAYS,
    draw_latent_dyads,
    log_rate_at_risk,
    scores,
    with_event_days,
)
from dyadlink.synthetic.parameters import DIAGNOSES, LINEAR_TERMS, PLAIN_TERMS, Parameters
from dyadlink.synthetic.people import solve_level
from dyadlink.synthetic.randomness import Floats, Topic, generator

HORIZONS = (90, 180, 365)
NEWTON_STEPS = 30
COLUMNS = ("quantity", "outcome", "subgroup", "term", "level", "horizon_days", "value", "monte_carlo_se")
DEPRIVATION_STEPS = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class _Patterns:
    """Distinct rows of covariates: the design, and the number of each dyad's pattern."""

    design: Floats
    which: Floats


def simulate_marginal_truth(n: int, seed: int, p: Parameters) -> pl.DataFrame:
    """Return the true marginal quantities, one row each, with their Monte-Carlo standard errors.

    Columns: COLUMNS. `quantity` is one of

    - `prevalence`, `cumulative_incidence`: proportions, among those at risk for the latter, with competing events;
    - `standardised_risk`, `risk_difference`: mean risk if all at risk had the level and nothing else changed, and
      its difference from the reference (deprivation 0, no, depression). O1 from its planted probability; O3 and O4
      at 365 days with their competing events, from the same uniform numbers under each level;
    - `log_subdistribution_hazard_ratio`: Fine and Gray 1999 (JASA 94:496). All are followed for 365 days, so that
      who has a competing event stays at risk to the end and no censoring weights are needed: a Cox model of the
      days with Breslow's handling of ties, on counts by pattern of covariates and day;
    - `log_cause_specific_hazard_ratio`: the same with competing events leaving the risk set; it gives the planted
      effects back;
    - `log_odds_ratio`: limits of logistic models for O1 to O4 (O2 among those alive at T3; O3 and O4 at one year
      among those at risk, a competing event being no event).

    The errors of proportions are binomial, those of models from the information; twins are taken as independent.

    Args:
        n: Dyads to simulate.
        seed: The seed.
        p: The parameters.
    """
    dyads = draw_latent_dyads(n, seed, p)
    state = states_at_t3(dyads, generator(seed, Topic.COURSE), p)
    death = pl.min_horizontal("infant_death", "mother_death") - pl.col("t2")
    dyads = dyads.with_columns(death_day=death, o2=pl.Series(state > 0)).with_columns(
        o2=pl.when(~(pl.col("death_day") <= FOLLOW_UP_DAYS).fill_null(value=False)).then("o2"),
        o3=pl.col("plan_day").is_not_null(),
        o4=pl.col("loss_day").is_not_null(),
    )
    rows = [
        *_prevalences(dyads),
        *_incidences(dyads),
        *_standardised(dyads, p),
        *_model_rows(dyads),
    ]
    schema = dict.fromkeys(COLUMNS[:5], pl.String)
    frame = pl.DataFrame(
        rows,
        schema={**schema, "horizon_days": pl.Int64, "value": pl.Float64, "monte_carlo_se": pl.Float64},
        orient="row",
    )
    return frame.with_columns(pl.col("value", "monte_carlo_se").round(6))


Row = tuple[str, str, str, str | None, str | None, int | None, float, float]


def _share(events: pl.Series) -> tuple[float, float]:
    known = events.drop_nulls()
    share = float(known.cast(pl.Float64).sum()) / max(known.len(), 1)
    return share, math.sqrt(share * (1 - share) / max(known.len(), 1))


def _prevalences(dyads: pl.DataFrame) -> list[Row]:
    names = ("o1", "o2", "lost_by_t2", "on_plan_at_t2")
    rows: list[Row] = [("prevalence", name, "all", None, None, None, *_share(dyads[name])) for name in names]
    for o1, group in ((True, "o1 yes"), (False, "o1 no")):
        rows.append(("prevalence", "o2", group, None, None, None, *_share(dyads.filter(pl.col("o1") == o1)["o2"])))
    return rows


def _incidences(dyads: pl.DataFrame) -> list[Row]:
    """Return cumulative incidences of loss, plan and death as first events among those at risk."""
    death = pl.col("death_day")
    first = {
        "o3": ("at_risk_plan", pl.col("plan_day")),
        "o4": ("at_risk_loss", pl.col("loss_day")),
        "death": ("at_risk_loss", pl.when(pl.col("loss_day").is_null()).then(death)),
    }
    groups = {"all": pl.lit(value=True), "o1 yes": pl.col("o1"), "o1 no": ~pl.col("o1")}
    rows: list[Row] = []
    for outcome, (at_risk, day) in first.items():
        for group, mask in groups.items():
            days = dyads.filter(pl.col(at_risk) & mask).select(day.alias("day"))["day"]
            for horizon in HORIZONS:
                share, error = _share((days <= horizon).fill_null(value=False))
                rows.append(("cumulative_incidence", outcome, group, None, None, horizon, share, error))
    return rows


def _settings() -> list[tuple[str, str, pl.Expr]]:
    """Return every term and level with the column that sets it; the first level of a term is the reference."""
    found = []
    for term in PLAIN_TERMS:
        if term in LINEAR_TERMS:
            found += [(term, str(step), pl.lit(step, pl.Int64).alias(term)) for step in DEPRIVATION_STEPS]
        else:
            found += [(term, name, pl.lit(value=value).alias(term)) for name, value in (("no", False), ("yes", True))]
    return found + [("diagnosis_group", name, pl.lit(name).alias("diagnosis_group")) for name in DIAGNOSES]


def _standardised(dyads: pl.DataFrame, p: Parameters) -> list[Row]:
    score = scores(dyads, p.effects.o1)
    constant = solve_level(score, p.effects.o1.risk.value)
    loss_rate = log_rate_at_risk(dyads, p.effects.o4, "at_risk_loss")
    plan_rate = log_rate_at_risk(dyads, p.effects.o3, "at_risk_plan")
    plan_risk, loss_risk = dyads["at_risk_plan"].to_numpy(), dyads["at_risk_loss"].to_numpy()
    rows: list[Row] = []
    reference: dict[str, Floats] = {}
    last_term = ""
    for term, level, setting in _settings():
        changed = dyads.with_columns(setting)
        days = with_event_days(changed, loss_rate, plan_rate, p)
        found = {
            "o1": 1 / (1 + np.exp(-(scores(changed, p.effects.o1) + constant))),
            "o3": days["plan_day"].is_not_null().to_numpy()[plan_risk].astype(np.float64),
            "o4": days["loss_day"].is_not_null().to_numpy()[loss_risk].astype(np.float64),
        }
        if term != last_term:
            reference, last_term = found, term
        for outcome, risk in found.items():
            horizon = None if outcome == "o1" else FOLLOW_UP_DAYS
            root = math.sqrt(risk.size)
            mean, error = float(risk.mean()), float(risk.std()) / root
            rows.append(("standardised_risk", outcome, "at risk", term, level, horizon, mean, error))
            if found is not reference:
                gap = risk - reference[outcome]
                both = (float(gap.mean()), float(gap.std()) / root)
                rows.append(("risk_difference", outcome, "at risk", term, level, horizon, *both))
    return rows


def _patterns(dyads: pl.DataFrame) -> _Patterns:
    terms = [*PLAIN_TERMS, "diagnosis_group"]
    distinct = dyads.select(terms).unique(maintain_order=True).with_row_index("pattern")
    which = dyads.select(terms).join(distinct, on=terms, maintain_order="left")["pattern"].to_numpy()
    plain = [distinct[term].cast(pl.Float64).to_numpy() for term in PLAIN_TERMS]
    levels = [(distinct["diagnosis_group"] == level).cast(pl.Float64).to_numpy() for level in DIAGNOSES[1:]]
    return _Patterns(np.column_stack(plain + levels), which)


def _logistic(patterns: _Patterns, events: Floats) -> tuple[Floats, Floats]:
    """Return the coefficients (without the constant) and errors of a logistic model, by Newton's method."""
    m = patterns.design.shape[0]
    n = np.bincount(patterns.which, minlength=m).astype(np.float64)
    y = np.bincount(patterns.which, weights=events, minlength=m)
    x = np.column_stack([np.ones(m), patterns.design])
    beta = np.zeros(x.shape[1])
    information = np.eye(x.shape[1])
    for _ in range(NEWTON_STEPS):
        mean = 1 / (1 + np.exp(-(x @ beta)))
        information = x.T @ (x * (n * mean * (1 - mean))[:, None])
        beta = beta + np.linalg.solve(information, x.T @ (y - n * mean))
    return beta[1:], np.sqrt(np.diag(np.linalg.inv(information)))[1:]


def _cox(patterns: _Patterns, event_day: Floats, leave_day: Floats) -> tuple[Floats, Floats]:
    """Return log hazard ratios and errors of a Cox model of whole days, Breslow's ties, from counts.

    Args:
        patterns: The covariates.
        event_day: Day of the event, 1 to 365; 0 without one.
        leave_day: Last day at risk, 1 to 365.
    """
    m, days = patterns.design.shape[0], FOLLOW_UP_DAYS
    cell = patterns.which.astype(np.int64) * (days + 1)
    size = m * (days + 1)
    events = np.bincount(cell + event_day.astype(np.int64), minlength=size).reshape(m, days + 1)[:, 1:].T
    left = np.bincount(cell + leave_day.astype(np.int64), minlength=size).reshape(m, days + 1)[:, 1:].T
    # At risk on a day: who leaves on it or later.
    at_risk = left[::-1].cumsum(axis=0)[::-1].astype(np.float64)
    x, n_events = patterns.design, events.sum(axis=1).astype(np.float64)
    observed = events.sum(axis=0) @ x
    beta = np.zeros(x.shape[1])
    information = np.eye(x.shape[1])
    for _ in range(NEWTON_STEPS):
        weight = at_risk * np.exp(x @ beta)
        total = weight.sum(axis=1)
        mean = weight @ x / total[:, None]
        # Information: expected squares less the squares of the means, over the days of events.
        share = (weight * (n_events / total)[:, None]).sum(axis=0)
        information = x.T @ (x * share[:, None]) - mean.T @ (mean * n_events[:, None])
        beta = beta + np.linalg.solve(information, observed - n_events @ mean)
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


def _named(quantity: str, outcome: str, fitted: tuple[Floats, Floats]) -> list[Row]:
    names: list[tuple[str, str | None]] = [(term, None if term in LINEAR_TERMS else "yes") for term in PLAIN_TERMS]
    names += [("diagnosis_group", level) for level in DIAGNOSES[1:]]
    horizon = None if outcome in ("o1", "o2") else FOLLOW_UP_DAYS
    return [
        (quantity, outcome, "at risk", term, level, horizon, float(value), float(error))
        for (term, level), value, error in zip(names, *fitted, strict=True)
    ]


def _model_rows(dyads: pl.DataFrame) -> list[Row]:
    rows: list[Row] = []
    whole = {"o1": dyads, "o2": dyads.filter(pl.col("o2").is_not_null())}
    for outcome, at_risk in (("o3", "at_risk_plan"), ("o4", "at_risk_loss")):
        kept = whole[outcome] = dyads.filter(at_risk)
        event = pl.col("plan_day" if outcome == "o3" else "loss_day")
        last = pl.min_horizontal("loss_day", "death_day", pl.lit(FOLLOW_UP_DAYS))
        patterns = _patterns(kept)
        days = kept.select(event=event.fill_null(0), until=pl.min_horizontal(event, last)).with_columns(
            stays=pl.when(pl.col("event") > 0).then("event").otherwise(FOLLOW_UP_DAYS)
        )
        event_day = days["event"].to_numpy()
        subdistribution = _cox(patterns, event_day, days["stays"].to_numpy())
        specific = _cox(patterns, event_day, days["until"].to_numpy())
        rows += _named("log_subdistribution_hazard_ratio", outcome, subdistribution)
        rows += _named("log_cause_specific_hazard_ratio", outcome, specific)
    for outcome in ("o1", "o2", "o3", "o4"):
        kept = whole[outcome]
        events = kept[outcome].cast(pl.Float64).to_numpy()
        rows += _named("log_odds_ratio", outcome, _logistic(_patterns(kept), events))
    return rows
