"""Every family of models beside the fastest libraries that give the same figures, in one run.

Ours and the others are fitted to the same arrays in turn, one thread each, and the least time of several rounds counts:
on a shared machine the ratio says more than the seconds. A library that is not installed is left out and named. Writes
results/models.json and docs/explanation/model-speed.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from imputation import make_incomplete, time_primary_models
from models_page import write_page
from models_peers import PEERS, Task, impute_with_statsmodels

from dyadlink.models.cox import fit_cox
from dyadlink.models.cumulative_incidence import aalen_johansen
from dyadlink.models.design import Design, Parameter
from dyadlink.models.fine_gray import fit_fine_gray
from dyadlink.models.firth import fit_firth, infer_from_profile
from dyadlink.models.guards import explain_problem
from dyadlink.models.logistic import fit_logistic

PROJECT = Path(__file__).parents[1]
RESULTS = PROJECT / "benchmarks/results"
SIZES = (2_000, 30_000, 300_000)
ROUNDS = {2_000: 15, 30_000: 5, 300_000: 3}
N_TERMS = 20

OURS: dict[str, Callable[[Task], object]] = {
    "logistic, clustered": lambda task: fit_logistic(task.outcome),
    "Firth, the fit": lambda task: fit_firth(task.outcome),
    "Firth, with profile intervals and tests": lambda task: infer_from_profile(task.outcome),
    "Cox, clustered": lambda task: fit_cox(task.times),
    "Fine-Gray (finegray), clustered": lambda task: fit_fine_gray(task.times),
    "Fine-Gray (crr), clustered": lambda task: fit_fine_gray(task.times, "crr"),
    "Aalen-Johansen, clustered errors": lambda task: aalen_johansen(task.at_risk, ("event", "competing")),
    "checks before a logistic fit": lambda task: explain_problem(task.outcome, "logistic"),
    "checks before a Cox fit": lambda task: explain_problem(task.times, "cox"),
}


def make_task(n: int) -> Task:
    """Twenty terms, half of them binary; one dyad in twenty has the event; one in thirty a sibling beside it."""
    rng = np.random.default_rng([1, n])
    half = N_TERMS // 2
    binary = rng.random((n, half)) < np.linspace(0.1, 0.5, half)
    # Column by column in memory, as `build_design` has it from a table.
    matrix = np.asfortranarray(np.column_stack([binary.astype(np.float64), rng.normal(size=(n, half))]))
    scores = matrix @ np.linspace(-0.5, 0.5, N_TERMS)
    scores -= scores.mean()
    parameters = tuple(
        Parameter(f"x{j}", *(("binary", "yes", "no") if j < half else ("linear", "", ""))) for j in range(N_TERMS)
    )
    mothers = np.arange(n) - (np.arange(n) > 0) * (rng.random(n) < 1 / 30)
    outcome = rng.random(n) < 1 / (1 + np.exp(3.4 - scores))
    event, competing = rng.exponential(np.exp(-scores) / 1.05e-4), rng.exponential(np.exp(-0.3 * scores) / 1e-4)
    seen = np.where(rng.random(n) < 0.3, rng.uniform(1, 365, n), 365.0)
    first = np.argmin([event, competing, seen], axis=0)
    days = np.ceil(np.min([event, competing, seen], axis=0))
    return Task(
        Design(parameters, matrix, outcome, np.zeros(n), mothers),
        Design(parameters, matrix, first == 0, days, mothers, first == 1),
        pl.DataFrame(
            {
                "days": days.astype(np.int64),
                "event": np.array(["event", "competing", "censored"])[first],
                "cluster": mothers,
            }
        ),
    )


def measure(sizes: tuple[int, ...]) -> list[dict[str, object]]:
    """Seconds of processor time of every family, contestant and size: the least of the rounds."""
    rows: list[dict[str, object]] = []
    for n in sizes:
        task = make_task(n)
        for family, ours in OURS.items():
            contestants = {"dyadlink": ours} | {
                peer.name: peer.run for peer in PEERS if peer.version and family in peer.families and n <= peer.largest
            }
            best = dict.fromkeys(contestants, math.inf)
            for _ in range(ROUNDS[n]):
                for name, run in contestants.items():
                    # What takes minutes is not asked again.
                    if best[name] == math.inf or best[name] < 5:
                        best[name] = min(best[name], _seconds(run, task))
            rows += [{"family": family, "n": n, "who": name, "seconds": round(s, 5)} for name, s in best.items()]
            print(n, family, {name: round(s, 4) for name, s in best.items()}, flush=True)
    return rows


def _programme(design: Design) -> object:
    """The separation check without the proof that saves it."""
    from firthmodels import detect_separation  # noqa: PLC0415

    rows = np.unique(np.column_stack([design.event, design.matrix]), axis=0)
    return detect_separation(rows[:, 1:], rows[:, 0].astype(np.int64))


def _seconds(run: Callable[[Any], object], task: object) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        run(task)
        return time.process_time() - start


def main() -> None:
    """Measure, store, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", choices=SIZES, default=SIZES)
    options = parser.parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        parser.error("set OPENBLAS_NUM_THREADS=1, as `make bench-models` does: threads cost more than they bring here")
    imputed = time_primary_models(30_000, m=20)
    print(imputed)
    analysis, terms = make_incomplete(30_000)
    mice = _seconds(lambda _: impute_with_statsmodels(analysis, terms, m=20), None)
    programme = _seconds(lambda task: _programme(task.outcome), make_task(30_000))
    print("statsmodels MICE", mice, "linear programme", programme)
    result = {
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "versions": {peer.package: peer.version for peer in PEERS},
        "seconds": measure(tuple(options.sizes)),
        "imputed": imputed.to_dicts(),
        "mice": mice,
        "programme": round(programme, 2),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "models.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
    write_page(result)


def _processor() -> str:
    names = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
