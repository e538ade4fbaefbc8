"""Measures the default run: time, peak memory, and the share spent outside the work itself.

The work is what the steps' functions do in one process that has everything imported; the rest of the run is
interpreter starts, imports and Snakemake. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
from pipeline import CONFIG, PROJECT, build, evidence_of, link_and_score_pairs, stage

from dyadlink.audit.gate import gate
from dyadlink.describe.characteristics import describe_characteristics
from dyadlink.describe.outcomes import count_outcomes
from dyadlink.disclosure.context import build_context
from dyadlink.disclosure.transaction import Places, release_study
from dyadlink.models.cumulative_incidence import estimate_cumulative_incidence
from dyadlink.models.fitting import fit_models
from dyadlink.models.specification import load_models
from dyadlink.report.build import build_report
from dyadlink.sql import read_table
from dyadlink.synthetic import simulate

SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run_workflow(folder: Path) -> tuple[float, float]:
    """Seconds of a run from nothing, and the peak memory of its largest process in GB."""
    command = [SNAKEMAKE, "--snakefile", str(PROJECT / "Snakefile"), "--directory", str(folder), "--cores", "2"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    measured = ["/usr/bin/env", f"PATH={path}", sys.executable, __file__, "--measure", *command, "--quiet", "all"]
    out = subprocess.run(measured, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
    return float(out[-2]), float(out[-1])


def measure(command: list[str]) -> None:
    """Run the command; print its seconds and the peak memory of its largest process in GB."""
    import resource  # noqa: PLC0415  # of the child process alone

    seconds = timed(lambda: subprocess.run(command, check=True, capture_output=True))  # noqa: S603
    print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6)


def work_alone(folder: Path) -> dict[str, float]:
    """Seconds of each step's work in this process, everything imported and warm."""
    sources = folder / "sources"
    models = load_models(PROJECT / "config/models.yaml")
    seconds = {}
    parameters = PROJECT / "synthetic_data/parameters.yaml"
    seconds["simulate"] = timed(lambda: simulate(preset="default", seed=1, out=sources, parameters=parameters))
    held: dict[str, object] = {}
    seconds["stage"] = timed(lambda: held.update(connection=stage(sources)))
    connection = held["connection"]
    seconds["link"] = timed(lambda: held.update(linked=link_and_score_pairs(connection, sources)))
    links, scored_pairs = held["linked"]
    seconds["cohort"] = timed(lambda: build(connection, links))
    seconds["link variants"] = timed(lambda: held.update(evidence=evidence_of(connection, scored_pairs)))
    analysis = read_table(connection, "analysis")
    results: dict[str, pl.DataFrame] = {"cohort_flow": read_table(connection, "cohort_flow")}

    def analyse() -> None:
        characteristics, results["medians"] = describe_characteristics(analysis)
        results["counts"] = pl.concat([characteristics, count_outcomes(analysis)])
        results["estimates"] = fit_models(analysis, models, held["evidence"])
        results["cumulative_incidence"] = estimate_cumulative_incidence(analysis)

    seconds["analyse"] = timed(analyse)
    places = Places(folder / "release", folder / "underlying", folder / "findings.txt")
    rules = CONFIG.model_copy(
        update={"disclosure": CONFIG.disclosure.model_copy(update={"ledger": folder / "ledger.jsonl"})}
    )
    context = build_context(rules, read_table(connection, "codelist_untold_facts"))
    audit = gate(CONFIG.disclosure.rules)
    seconds["release"] = timed(lambda: release_study(results, rules, context, places, audit))
    seconds["report"] = timed(lambda: build_report(folder / "release", folder / "report/index.html"))
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--measure", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    runs, again = [], []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(run_workflow(Path(folder)))
            again.append(run_workflow(Path(folder))[0])
    with tempfile.TemporaryDirectory() as folder:
        work_alone(Path(folder))  # imports and caches
    with tempfile.TemporaryDirectory() as folder:
        steps = work_alone(Path(folder))
    total, work = statistics.median(seconds for seconds, _ in runs), sum(steps.values())
    print("| what | measured |\n|---|---|")
    print(f"| whole workflow | {total:.1f} s |")
    print(f"| of it outside the work (interpreter starts, imports, Snakemake) | {1 - work / total:.0%} |")
    for step, seconds in steps.items():
        print(f"| work of: {step} | {seconds:.1f} s |")
    print(f"| peak memory of the largest process | {max(memory for _, memory in runs):.2f} GB |")
    print(f"| a second run that finds nothing to do | {statistics.median(again):.1f} s |")


if __name__ == "__main__":
    main()
