"""Small studies with known effects and covariates missing at random; whoever is left out is left out selectively."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.models.specification import ModelSpec

EFFECTS: dict[tuple[str, str], float] = {
    ("has_childhood_trauma", "yes"): 0.7,
    ("is_single", "yes"): 0.5,
    ("deprivation", ""): 0.25,
    ("diagnosis_group", "bipolar"): -0.4,
    ("diagnosis_group", "schizophrenia_spectrum"): 0.8,
}
"""Log odds ratios of O1 and log cause-specific hazard ratios of O4."""
TERMS = (
    {"name": "has_childhood_trauma", "kind": "binary"},
    {"name": "is_single", "kind": "binary"},
    {"name": "deprivation", "kind": "linear"},
    {"name": "diagnosis_group", "kind": "categorical", "reference": "depression"},
)
_DIAGNOSES = np.array(["depression", "bipolar", "schizophrenia_spectrum"])
_FOLLOW_UP = 365


def model(family: str, missing: dict[str, object] | None = None, **keys: object) -> ModelSpec:
    """The model of O1 (logistic, firth) or O4 (cox, fine_gray), with a plan for what is missing and further keys."""
    outcome, population = ("o1", "all") if family in {"logistic", "firth"} else ("o4", "in_custody_at_t2")
    row = {"name": "m", "role": "sensitivity", "outcome": outcome, "population": population, "family": family}
    return ModelSpec.model_validate({**row, "terms": TERMS, "missing": missing or {"plan": "complete_case"}, **keys})


def make_study(seed: int, n: int = 1000) -> pl.DataFrame:
    """The whole study: what a model of O1 or O4 reads of the analysis table, nothing missing."""
    rng = np.random.default_rng([seed, 1])
    covariates, effect = draw_covariates(rng, n)
    days, events = _times(rng, effect)
    return covariates.with_columns(
        dyad_id=np.arange(1, n + 1),
        mother_number=np.arange(1, n + 1),
        o1=rng.random(n) < _expit(-1.7 + effect),
        o4_at_risk=np.ones(n, dtype=bool),
        o4_days=days,
        o4_event=events,
    )


def draw_covariates(rng: np.random.Generator, n: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Correlated covariates of n dyads, and what they add up to on the log scale (`EFFECTS`)."""
    deprivation = np.clip(np.round(rng.normal(2, 1.3, n)), 0, 4).astype(np.int64)
    trauma = rng.random(n) < _expit(-1.2 + 0.4 * (deprivation - 2))
    single = rng.random(n) < _expit(-0.6 + 0.9 * trauma + 0.3 * (deprivation - 2))
    scores = np.column_stack([np.zeros(n), -0.8 - 0.3 * single, -1.0 + 0.9 * trauma])
    diagnosis = (scores + rng.gumbel(size=(n, 3))).argmax(axis=1)
    effect = 0.7 * trauma + 0.5 * single + 0.25 * deprivation + np.array([0, -0.4, 0.8])[diagnosis]
    covariates = pl.DataFrame(
        {
            "has_childhood_trauma": trauma,
            "is_single": single,
            "deprivation": deprivation,
            "diagnosis_group": _DIAGNOSES[diagnosis],
        }
    )
    return covariates, effect


def _times(rng: np.random.Generator, effect: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = len(effect)
    causes = np.array(["custody_loss", "death", "censored"])
    loss = np.ceil(rng.exponential(1 / (4e-4 * np.exp(effect))))
    death = np.ceil(rng.exponential(1 / (1e-4 * np.exp(0.5 * effect))))
    seen = np.minimum(np.ceil(rng.exponential(1500, n)), _FOLLOW_UP)
    times = np.column_stack([loss, death, seen])
    return times.min(axis=1).astype(np.int64), causes[times.argmin(axis=1)]


def hide(study: pl.DataFrame, seed: int, family: str) -> pl.DataFrame:
    """The study as recorded: partnership, deprivation and diagnosis missing at random.

    Whether they are depends on trauma and the outcome together, both of which are always known, so that among those
    with everything recorded the effect of trauma is another.
    """
    rng = np.random.default_rng([seed, 2])
    event = (study["o1"] if family == "logistic" else study["o4_event"] == "custody_loss").to_numpy()
    trauma = study["has_childhood_trauma"].to_numpy()
    chance = _expit(-2.5 + 1.3 * (event & trauma) + 0.4 * event)
    return study.with_columns(
        pl.when(pl.Series(rng.random(study.height) >= chance)).then(name).alias(name)
        for name in ("is_single", "deprivation", "diagnosis_group")
    )


def _expit(score: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-score))
