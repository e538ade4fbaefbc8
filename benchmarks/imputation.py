"""Whether imputed models give planted effects back, and how long they take.

Simulates studies with covariates missing at random (`imputation_world.py`) and fits each model on the whole study, on
its complete cases, and imputed with and without the outcome in the imputation; then times the primary models imputed
twenty times. Prints the tables and writes them beside this file's results.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl
from imputation_world import EFFECTS, hide, make_study, model

from dyadlink.models.fitting import fit_models
from dyadlink.models.imputation import completion
from dyadlink.models.specification import load_models

PROJECT = Path(__file__).parents[1]
RESULTS = PROJECT / "benchmarks/results"
PLAN: dict[str, object] = {"plan": "imputed", "seed": 1}
FAMILIES = ("logistic", "cox")
METHODS = ("nothing missing", "complete cases", "imputed", "imputed without the outcome")
WITHOUT_OUTCOME = 200
"""Studies that are also imputed in the wrong way: its bias shows in fewer."""


def study(seed: int, n: int) -> pl.DataFrame:
    """Every method on one study, the last one in the first studies only: estimates and intervals beside the truth."""
    whole = make_study(seed, n)
    found = []
    for family in FAMILIES:
        recorded = hide(whole, seed, family)
        plan = {**PLAN, "seed": seed}
        for method in METHODS if seed <= WITHOUT_OUTCOME else METHODS[:-1]:
            table = whole if method == "nothing missing" else recorded
            spec = model(family, plan if method.startswith("imputed") else None)
            if method == "imputed without the outcome":
                with mock.patch.object(completion, "outcome_columns", lambda frame, _: np.empty((frame.height, 0))):
                    estimates = fit_models(table, [spec])
            else:
                estimates = fit_models(table, [spec])
            found.append(
                estimates.select(
                    "family", "term", "level", "estimate", "std_error", "conf_low", "conf_high", "fmi",
                    method=pl.lit(method), seed=pl.lit(seed),
                )
            )  # fmt: skip
    truth = [(term, level, effect) for (term, level), effect in EFFECTS.items()]
    planted = pl.DataFrame(truth, schema=["term", "level", "planted"], orient="row")
    return pl.concat(found).join(planted, on=["term", "level"], how="left", maintain_order="left")


def summarise(found: pl.DataFrame) -> pl.DataFrame:
    """Bias, in itself and in standard errors of the mean, coverage, and mean against empirical standard error."""
    error = pl.col("estimate") - pl.col("planted")
    return found.group_by("family", "method", "term", "level", maintain_order=True).agg(
        studies=pl.col("estimate").count(),
        bias=error.mean().round(4),
        bias_in_errors=(error.mean() / (error.std() / error.count().sqrt())).round(1),
        coverage=pl.col("planted").is_between("conf_low", "conf_high").mean().round(3),
        std_error=pl.col("std_error").mean().round(3),
        spread=pl.col("estimate").std().round(3),
        fmi=pl.col("fmi").mean().round(2),
    )


def time_primary_models(n: int, m: int) -> pl.DataFrame:
    """Seconds of each primary model of the study imputed m times, six covariates one in ten of which is missing."""
    import sys  # noqa: PLC0415 - the table is made by the tests

    sys.path.insert(0, str(PROJECT / "tests/unit"))
    from analysis_table import make_analysis_table  # noqa: PLC0415

    specs = [spec for spec in load_models(PROJECT / "config/models.yaml") if spec.role == "primary"]
    rng = np.random.default_rng(1)
    names = [term.name for term in specs[0].terms]
    analysis = make_analysis_table(n, seed=1, missing=0.0).with_columns(
        pl.when(pl.Series(rng.random(n) >= 0.1)).then(name).alias(name) for name in names
    )
    rows = []
    for spec in specs:
        plan = {"plan": "imputed", "m": m, "seed": 1}
        imputed = type(spec).model_validate({**spec.model_dump(), "missing": plan})
        start, start_cpu = time.perf_counter(), time.process_time()
        n_fitted = fit_models(analysis, [imputed]).item(0, "n")
        rows.append((spec.name, n_fitted, m, time.perf_counter() - start, time.process_time() - start_cpu))
    return pl.DataFrame(rows, schema=["model", "dyads", "m", "seconds", "processor_seconds"], orient="row")


def main() -> None:
    """Run the studies, print and store the table; then the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--time-at", type=int, default=30_000, help="dyads of the timing; 0: none")
    options = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    with ProcessPoolExecutor(options.processes) as pool, pl.Config(tbl_rows=60, tbl_cols=12, tbl_width_chars=200):
        run = partial(study, n=options.n)
        table = summarise(pl.concat(list(pool.map(run, range(1, options.studies + 1)))))
        table.write_csv(RESULTS / "imputation_coverage.csv")
        print(table)
        if options.time_at:
            seconds = time_primary_models(options.time_at, m=20)
            seconds.write_csv(RESULTS / "imputation_seconds.csv")
            print(seconds)


if __name__ == "__main__":
    main()
