"""Imputed models beside the planted effects, and how long they take.

A study is simulated with covariates missing at random (`imputation_world.py`) and each model fitted on the whole of it,
on its complete cases, and imputed with and without the outcome in the imputation; `coverage_of_families.py` runs many.
By itself this times the primary models imputed twenty times.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl
from imputation_world import hide, make_study, model

from dyadlink.models.fitting import fit_models
from dyadlink.models.imputation import completion
from dyadlink.models.imputation.variables import Outcome
from dyadlink.models.missing_plans import Imputed
from dyadlink.models.specification import ModelSpec, load_models

PROJECT = Path(__file__).parents[1]
RESULTS = PROJECT / "benchmarks/results"
PLAN: dict[str, object] = {"plan": "imputed", "seed": 1}
FAMILIES = ("logistic", "cox")
METHODS = ("nothing missing", "complete cases", "imputed", "imputed without the outcome")
WITHOUT_OUTCOME = 200
"""Studies that are also imputed in the wrong way: its bias shows in fewer."""


def study(seed: int, n: int) -> dict[str, Callable[[], pl.DataFrame]]:
    """The fit of every family and method on one study, the last method in the first studies only."""
    whole = make_study(seed, n)
    methods = METHODS if seed <= WITHOUT_OUTCOME else METHODS[:-1]
    return {
        f"{family}, {method}": partial(_fit, whole, seed, family, method) for family in FAMILIES for method in methods
    }


def _fit(whole: pl.DataFrame, seed: int, family: str, method: str) -> pl.DataFrame:
    table = whole if method == "nothing missing" else hide(whole, seed, family)
    spec = model(family, {**PLAN, "seed": seed} if method.startswith("imputed") else None)
    if method == "imputed without the outcome":
        with mock.patch.object(completion, "read_outcome", lambda frame, _: Outcome(np.empty((frame.height, 0)))):
            return fit_models(table, [spec])
    return fit_models(table, [spec])


def make_incomplete(n: int) -> tuple[pl.DataFrame, list[str]]:
    """An analysis table as the tests make it, each term of the study missing in one dyad of ten; and the terms."""
    import sys  # noqa: PLC0415 - the table is made by the tests

    sys.path.insert(0, str(PROJECT / "tests/unit"))
    from analysis_table import make_analysis_table  # noqa: PLC0415

    rng = np.random.default_rng(1)
    names = [term.name for term in _primary_models()[0].terms]
    analysis = make_analysis_table(n, seed=1, missing=0.0).with_columns(
        pl.when(pl.Series(rng.random(n) >= 0.1)).then(name).alias(name) for name in names
    )
    return analysis, names


def time_primary_models(n: int, m: int) -> pl.DataFrame:
    """Seconds of each primary model of the study imputed m times, six covariates one in ten of which is missing."""
    analysis, _ = make_incomplete(n)
    plan = Imputed.model_validate({"plan": "imputed", "m": m, "seed": 1})
    rows = []
    for spec in _primary_models():
        start, start_cpu = time.perf_counter(), time.process_time()
        n_fitted = fit_models(analysis, [spec.model_copy(update={"missing": plan})]).item(0, "n")
        rows.append((spec.name, n_fitted, m, time.perf_counter() - start, time.process_time() - start_cpu))
    return pl.DataFrame(rows, schema=["model", "dyads", "m", "seconds", "processor_seconds"], orient="row")


def _primary_models() -> list[ModelSpec]:
    # Adjusted in full: imputation goes with nothing else.
    models = load_models(PROJECT / "config/models.yaml")
    return [spec for spec in models if spec.role == "primary" and spec.adjustment == "full"]


def main() -> None:
    """Print and store the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dyads", type=int, default=30_000)
    options = parser.parse_args()
    seconds = time_primary_models(options.dyads, m=20)
    RESULTS.mkdir(exist_ok=True)
    seconds.write_csv(RESULTS / "imputation_seconds.csv")
    print(seconds)


if __name__ == "__main__":
    main()
