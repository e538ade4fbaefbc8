"""Small studies whose effects are known, for every family of models; dyads on their own or several to a mother."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from imputation_world import draw_covariates
from scipy.special import expit, ndtr

LIKENESS = 0.8
"""Correlation of what chance does to two infants of one mother."""
FRAILTY = 4.0
"""Variance of the mothers' hazards, where curves are estimated."""
YEAR = 365
_LOSS, _DEATH = 1.2e-3, 4e-4
_CAUSES = np.array(["custody_loss", "death", "censored"])


def singles(n: int) -> np.ndarray:
    """Numbers of n mothers with one infant each."""
    return np.arange(n)


def siblings(n_mothers: int) -> np.ndarray:
    """Numbers of the mothers of dyads: two infants of every other mother, three of the rest."""
    return np.repeat(np.arange(n_mothers), np.arange(n_mothers) % 2 + 2)


def make_study(seed: int, mothers: np.ndarray, time: str = "cox", intercept: float = -1.7) -> pl.DataFrame:
    """What a model reads of the analysis table; the covariates are the mother's, `EFFECTS` act on O1 and O4.

    Chance is alike within a mother (a normal copula), so that every dyad by itself obeys the model exactly.

    Args:
        seed: The same seed gives the same study.
        mothers: Number of the mother of each dyad, from 0, ascending.
        time: O4 by proportional cause-specific hazards (`cox`) or by proportional subdistribution hazards
            (`fine_gray`: Fine & Gray 1999, section 5).
        intercept: Log odds of O1 where no covariate raises them.
    """
    rng = np.random.default_rng([seed, 3])
    covariates, effects = draw_covariates(rng, mothers[-1] + 1)
    effect = effects[mothers]

    def chance() -> np.ndarray:
        shared = rng.standard_normal(mothers[-1] + 1)[mothers]
        return np.asarray(ndtr(np.sqrt(LIKENESS) * shared + np.sqrt(1 - LIKENESS) * rng.standard_normal(len(mothers))))

    had_outcome = chance() < expit(intercept + effect)
    loss, death = _TIMES[time](chance(), chance(), effect)
    return covariates[mothers].with_columns(
        **_numbers(mothers), o1=had_outcome, **_first(loss, death, _last_seen(rng, len(mothers)))
    )


def _cause_specific(for_loss: np.ndarray, for_death: np.ndarray, effect: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return -np.log(for_loss) / (4e-4 * np.exp(effect)), -np.log(for_death) / (1.5e-4 * np.exp(0.5 * effect))


def subdistribution_times(
    for_loss: np.ndarray, for_death: np.ndarray, effect: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Days of loss and death, one infinite: loss by t with chance 1 - (1 - q (1 - exp(-t / s)))^exp(effect)."""
    q, scale = 0.08, 150.0
    left = 1 - (1 - (1 - for_loss) ** np.exp(-effect)) / q
    ever = left > 0
    loss = np.where(ever, -scale * np.log(np.where(ever, left, 1.0)), np.inf)
    death = np.where(ever, np.inf, -np.log(for_death) * 800 * np.exp(-0.3 * effect))
    return loss, death


_TIMES: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "cox": _cause_specific,
    "fine_gray": subdistribution_times,
}


def make_curves_study(seed: int, mothers: np.ndarray) -> pl.DataFrame:
    """Custody loss and death at constant hazards times the mother's own (gamma) frailty: what a curve is drawn from."""
    rng = np.random.default_rng([seed, 4])
    frailty = rng.gamma(1 / FRAILTY, FRAILTY, mothers[-1] + 1)[mothers]
    loss, death = (rng.exponential(1 / (hazard * frailty)) for hazard in (_LOSS, _DEATH))
    frame = pl.DataFrame(_numbers(mothers) | _first(loss, death, _last_seen(rng, len(mothers))))
    return frame.select(days="o4_days", event="o4_event", cluster="mother_number")


def true_incidence(cause: str) -> float:
    """Cumulative incidence of a cause one year on, in `make_curves_study`."""
    hazard = {"custody_loss": _LOSS, "death": _DEATH}[cause]
    everything = 1 - (1 + FRAILTY * (_LOSS + _DEATH) * YEAR) ** (-1 / FRAILTY)
    return float(hazard / (_LOSS + _DEATH) * everything)


def _numbers(mothers: np.ndarray) -> dict[str, np.ndarray]:
    return {"dyad_id": np.arange(1, len(mothers) + 1), "mother_number": mothers + 1}


def _last_seen(rng: np.random.Generator, n: int) -> np.ndarray:
    """Day of the last sight of each dyad, a third of them before the year is over."""
    return np.minimum(np.ceil(rng.uniform(0, 1.5 * YEAR, n) + 1), YEAR) + 0.0


def _first(loss: np.ndarray, death: np.ndarray, seen: np.ndarray) -> dict[str, np.ndarray]:
    """What came first, in whole days; on the last day in sight an event is still seen."""
    happened = np.minimum(loss, death)
    cause = np.where(np.ceil(happened) > seen, 2, np.where(loss <= death, 0, 1))
    days = np.minimum(np.ceil(happened), seen).astype(np.int64)
    return {"o4_at_risk": np.ones(len(days), dtype=np.bool_), "o4_days": days, "o4_event": _CAUSES[cause]}
