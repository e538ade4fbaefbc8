"""Whether standardised risks hold their true values, and what weights of censoring mend.

Simulates studies with known effects and no missing covariate. Standardised risks of O1, their differences and ratios
are held against those of the same dyads by the planted model. Custody loss within a year (O4) is modelled with all
followed to the end, and again after some were lost to follow-up at rates that go with partnership and domestic abuse:
the known outcomes alone, and weighted. Prints the tables and writes them beside this file's results.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl
from scipy.special import expit

from dyadlink.models.fitting import fit_models
from dyadlink.models.marginal_risks import estimate_marginal_risks
from dyadlink.models.specification import ModelSpec, load_models
from dyadlink.models.weight_plans import CensoringWeights

PROJECT = Path(__file__).parents[1]
RESULTS = PROJECT / "benchmarks/results"
sys.path.insert(0, str(PROJECT / "tests/unit"))

import analysis_table  # noqa: E402 - the studies are made by the tests
from analysis_table import FOLLOW_UP_DAYS, LOGISTIC_INTERCEPT, TRUE_EFFECTS, make_analysis_table  # noqa: E402

LOSS_RATES = {(False, False): 2e-4, (True, False): 2e-3, (False, True): 1e-3, (True, True): 3e-3}
"""Losses a day by whether the mother is single, and has domestic abuse recorded."""


def whole_study(n: int, seed: int) -> pl.DataFrame:
    """A study in which nothing is missing and everybody is followed to T3 or a death."""
    with mock.patch.dict(analysis_table.DAILY_HAZARDS, {"moved": 1e-12}):
        return make_analysis_table(n, seed, missing=0.0)


def lose(whole: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The study after dyads were lost to follow-up for O4, at rates that go with two covariates."""
    rng = np.random.default_rng([seed, 2])
    rates = [LOSS_RATES[key] for key in whole.select("is_single", "has_domestic_abuse").iter_rows()]
    lost_day = pl.Series(np.ceil(rng.exponential(1 / np.array(rates))).astype(np.int64))
    is_lost = (lost_day < whole["o4_days"]) & whole["o4_at_risk"]
    return whole.with_columns(
        o4=pl.when(is_lost).then(None).otherwise("o4"),
        o4_event=pl.when(is_lost).then(pl.lit("censored")).otherwise("o4_event"),
        o4_days=pl.when(is_lost).then(lost_day).otherwise("o4_days"),
    )


def true_risks(study: pl.DataFrame) -> pl.DataFrame:
    """Of O1: the mean planted risk of these dyads with everybody at each level of a binary term or diagnosis."""

    def scores(table: pl.DataFrame) -> np.ndarray:
        parts = [LOGISTIC_INTERCEPT + np.zeros(table.height)]
        for (term, level), effect in TRUE_EFFECTS.items():
            column = table[term] if level in {"", "yes"} else table[term] == level
            parts.append(effect * column.cast(pl.Float64).to_numpy())
        return np.sum(parts, axis=0)

    rows = []
    for term, levels in _LEVELS.items():
        values = {level: float(expit(scores(study.with_columns(pl.lit(v).alias(term)))).mean()) for level, v in levels}
        reference = values[levels[0][0]]
        for level, risk in values.items():
            rows.append((term, level, "risk", risk))
            if level != levels[0][0]:
                rows += [(term, level, "difference", risk - reference), (term, level, "ratio", risk / reference)]
    return pl.DataFrame(rows, schema=["term", "level", "quantity", "truth"], orient="row")


_LEVELS = {
    **dict.fromkeys(
        ("has_childhood_trauma", "has_domestic_abuse", "has_prior_admission", "is_single"),
        (("no", False), ("yes", True)),
    ),
    "diagnosis_group": tuple(
        (name, name) for name in ("depression", "bipolar", "other", "personality_disorder", "schizophrenia_spectrum")
    ),
}


def models() -> dict[str, ModelSpec]:
    """The study's own rows, in full adjustment."""
    specs = {spec.name: spec for spec in load_models(PROJECT / "config/models.yaml")}
    by_nothing = CensoringWeights(plan="inverse_probability_of_censoring", by=())
    return {
        "o1": specs["o1_logistic"],
        "known": specs["o4_logistic"],
        "weighted by the terms": specs["o4_logistic_ipcw"],
        "weighted by nothing": specs["o4_logistic_ipcw"].model_copy(update={"weights": by_nothing}),
    }


def study(seed: int, n: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Risks of O1 beside the truth, and coefficients of O4 by what was done about those lost."""
    specs, whole = models(), whole_study(n, seed)
    found = estimate_marginal_risks(whole, [specs["o1"]])
    risks = found.join(true_risks(whole), on=["term", "level", "quantity"], how="inner")
    lost = lose(whole, seed)
    by_method = {"nobody lost": (whole, "known"), "known outcomes alone": (lost, "known")}
    by_method |= {name: (lost, name) for name in ("weighted by nothing", "weighted by the terms")}
    parts = []
    for method, (table, name) in by_method.items():
        estimates = fit_models(table, [specs[name]]).select("term", "level", "estimate", "std_error")
        risk = estimate_marginal_risks(table, [specs[name]]).filter(term="is_single", level="no", quantity="risk")
        average = risk.select("estimate", "std_error", term=pl.lit("risk if not single"), level=pl.lit(""))
        parts += [frame.with_columns(method=pl.lit(method)) for frame in (estimates, average.select(estimates.columns))]
    return risks.with_columns(seed=pl.lit(seed)), pl.concat(parts).with_columns(seed=pl.lit(seed))


def summarise_risks(found: pl.DataFrame) -> pl.DataFrame:
    """Bias and coverage by quantity and level."""
    error = pl.col("estimate") - pl.col("truth")
    return found.group_by("term", "level", "quantity", maintain_order=True).agg(
        studies=pl.len(),
        truth=pl.col("truth").mean().round(4),
        bias=error.mean().round(4),
        bias_in_errors=(error.mean() / (error.std() / error.count().sqrt())).round(1),
        coverage=pl.col("truth").is_between("conf_low", "conf_high").mean().round(3),
    )


def summarise_lost(found: pl.DataFrame) -> pl.DataFrame:
    """How far each method is from the same study with nobody lost, and mean against empirical standard error."""
    keys = ["term", "level"]
    whole = found.filter(method="nobody lost").select(*keys, "seed", whole="estimate")
    difference = pl.col("estimate") - pl.col("whole")
    joined = found.join(whole, on=[*keys, "seed"], how="left", maintain_order="left")
    return joined.group_by("method", *keys, maintain_order=True).agg(
        studies=pl.len(),
        estimate=pl.col("estimate").mean().round(3),
        off=difference.mean().round(4),
        off_in_errors=(difference.mean() / (difference.std() / difference.count().sqrt())).round(1),
        std_error=pl.col("std_error").mean().round(4),
        spread=pl.col("estimate").std().round(4),
    )


def main() -> None:
    """Run the studies, print and store the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    with ProcessPoolExecutor(options.processes) as pool, pl.Config(tbl_rows=80, tbl_cols=12, tbl_width_chars=200):
        risks, lost = zip(*pool.map(partial(study, n=options.n), range(1, options.studies + 1)), strict=True)
        for name, table in (("risks", summarise_risks(pl.concat(risks))), ("lost", summarise_lost(pl.concat(lost)))):
            table.write_csv(RESULTS / f"absolute_{name}.csv")
            print(table)
    print(f"O4 is known by day {FOLLOW_UP_DAYS}; losses a day by (single, domestic abuse): {LOSS_RATES}")


if __name__ == "__main__":
    main()
