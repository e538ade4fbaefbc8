"""Measures the whole workflow at several sizes, beside a script written by hand: `make bench`, `make bench-national`.

Each size is simulated once; then the workflow runs over it as over real records, and what each step took is read from
what Snakemake keeps of its jobs. The work is what happens inside a step, from the moment its log is begun; outside the
work is all time of a run in which no step was at work: interpreter starts, imports, Snakemake. Beside it, in the same
run of this program: a trivial workflow of as many rules, `benchmarks/by_hand.py` on the same records, and the same
parts of the study by this project in one process of its own.

Writes benchmarks/results/whole_run.json (each target keeps the other's figures that stand there) and
docs/explanation/speed.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import yaml
from pipeline import CONFIG, PROJECT, build, link_and_score_pairs, stage
from staging import CHILDREN, simulate_extract
from whole_run_page import write_page

from dyadlink.describe.characteristics import describe_characteristics
from dyadlink.describe.outcomes import count_outcomes
from dyadlink.models.cumulative_incidence import estimate_cumulative_incidence
from dyadlink.models.fitting import fit_models
from dyadlink.models.specification import load_models
from dyadlink.sql import read_table
from dyadlink.synthetic import simulate

SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
RESULTS = PROJECT / "benchmarks/results/whole_run.json"
PARAMETERS = PROJECT / "synthetic_data/parameters.yaml"
BY_HAND = Path(__file__).with_name("by_hand.py")
RETURNS, EXTRACT = "england_returns", "england_research_extract"
MEMORY = {"national": "2GB"}
"""What DuckDB may take; else as configured."""


@dataclass
class Run:
    """What a run took.

    Attributes:
        seconds: From nothing to the report.
        cpu_seconds: Of all its processes.
        peak_gb: The most memory that all its processes held together.
        again_seconds: A second run, which finds nothing to do.
        outside_share: The share of the time in which no step was at work.
        steps: Seconds of each rule, its start included.
        steps_gb: The most memory that was held while it ran, with Snakemake's and that of a rule beside it.
    """

    seconds: float
    cpu_seconds: float
    peak_gb: float
    again_seconds: float = 0.0
    outside_share: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)
    steps_gb: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Measure, and write the results and the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only-national", action="store_true", help="30,000 dyads alone; the other figures stand")
    parser.add_argument("--records", type=Path, help="a national extract that `make bench-staging` simulated")
    parser.add_argument("--same-parts", nargs=1, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.same_parts:
        same_parts(options.same_parts[0])
        return
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results["machine"] = machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not options.only_national:
            results |= {"runs": {}, "by_hand": {}, "trivial_seconds": trivial(folder / "trivial")}
            for preset in ("study", "default"):
                world = folder / f"world_{preset}"
                simulate(preset=preset, seed=1, out=world, parameters=PARAMETERS)
                results["runs"][preset] = asdict(run_workflow(folder / preset, world, RETURNS, preset))
                results["by_hand"][preset] = beside_by_hand(world)
        if options.only_national:
            records = options.records
            if records is None:
                simulate_extract(folder / "world_national", CHILDREN)
                records = folder / "world_national" / EXTRACT
            results["national"] = asdict(run_workflow(folder / "national", records, EXTRACT, "national"))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    write_page(results)


def machine() -> dict[str, str]:
    """What it was measured on."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line.split(":")[1].strip() for line in cpu.splitlines() if line.startswith("model name")), "?")
    return {"processor": model, "cores": str(os.cpu_count()), "python": platform.python_version()}


def run_workflow(folder: Path, records: Path, route: str, name: str) -> Run:
    """The workflow over records that stand, twice."""
    folder.mkdir()
    content = yaml.safe_load((PROJECT / f"config/examples/{route}.yaml").read_text(encoding="utf-8"))
    default = yaml.safe_load((PROJECT / "config/config.yaml").read_text(encoding="utf-8"))
    content |= {key: default[key] for key in ("alternatives", "models", "study")}
    content["sources"] = {
        "directory": str(records),
        "simulate": None,
        "is_synthetic": True,
        "inputs": [{"name": "records", "route": route, "location": str(records)}],
    }
    content["disclosure"]["ledger"] = "ledger.jsonl"
    content["resources"]["memory_limit"] = MEMORY.get(name, content["resources"]["memory_limit"])
    config = folder / "bench.yaml"
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    command = [SNAKEMAKE, "--snakefile", str(PROJECT / "Snakefile"), "--directory", str(folder), "--cores", "2"]
    command += ["--configfile", str(config)]
    run, held = measure(command)
    run.again_seconds = measure(command)[0].seconds
    at_work = []
    for rule, (start, begun, end) in jobs(folder).items():
        run.steps[rule] = end - start
        run.steps_gb[rule] = max((b for moment, b in held if start <= moment <= end), default=0) / 1e9
        at_work.append((begun, end))
    run.outside_share = 1 - covered(at_work) / run.seconds
    return run


def measure(command: list[str]) -> tuple[Run, list[tuple[float, int]]]:
    """Seconds, processor seconds and memory of a command with all that it starts; and the memory at each moment.

    Raises:
        SystemExit: It failed.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    before, start = os.times(), time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "PATH": path}
    )
    held: list[tuple[float, int]] = []
    watch = threading.Thread(target=_watch, args=(process, held))
    watch.start()
    told, _ = process.communicate()
    seconds, after = time.perf_counter() - start, os.times()
    watch.join()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{told[-2000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(seconds, cpu, max(b for _, b in held) / 1e9), held


def _watch(process: subprocess.Popen[str], held: list[tuple[float, int]]) -> None:
    while process.poll() is None:
        held.append((time.time(), _held_by(process.pid)))
        time.sleep(0.2)


def _held_by(pid: int) -> int:
    """Bytes that a process and those it started hold, what they share counted once."""
    total = 0
    try:
        for process in [parent := psutil.Process(pid), *parent.children(recursive=True)]:
            total += process.memory_full_info().pss
    except psutil.Error:
        pass  # one has just ended
    return total


def jobs(folder: Path) -> dict[str, tuple[float, float, float]]:
    """Of each rule: when its process was started, when its work began, and when it ended."""
    found = {}
    for path in (folder / ".snakemake/metadata").rglob("*"):
        job = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if not job.get("starttime") or job["rule"] in found:
            continue
        begun = ["stat", "--format", "%.9W", str(folder / job["log"][0])]
        told = subprocess.run(begun, capture_output=True, check=True).stdout  # noqa: S603
        found[job["rule"]] = (job["starttime"], float(told), job["endtime"])
    return found


def covered(stretches: list[tuple[float, float]]) -> float:
    """Seconds in which at least one was at work."""
    total, reached = 0.0, -math.inf
    for start, end in sorted(stretches):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def trivial(folder: Path) -> float:
    """Seconds of a workflow of eight rules, each a process of Python that writes a file."""
    folder.mkdir()
    rules = "".join(
        f"rule step_{i}:\n    input: {f'{i - 1}.txt' if i else ''!r}\n    output: '{i}.txt'\n    script: 'step.py'\n"
        for i in range(8)
    ).replace("    input: ''\n", "")
    (folder / "step.py").write_text("open(snakemake.output[0], 'w').close()\n", encoding="utf-8")
    (folder / "Snakefile").write_text(f"rule all:\n    input: '7.txt'\n{rules}", encoding="utf-8")
    return measure([SNAKEMAKE, "--snakefile", str(folder / "Snakefile"), "--directory", str(folder), "--cores", "2"])[
        0
    ].seconds


def beside_by_hand(world: Path) -> dict[str, Any]:
    """Seconds and parts of the script by hand, and of the same parts of the study by this project."""
    with tempfile.TemporaryDirectory() as name:
        by_hand = _parts([str(BY_HAND), str(world), name])
    return {"by_hand": by_hand, "dyadlink": _parts([__file__, "--same-parts", str(world)])}


def _parts(arguments: list[str]) -> dict[str, float]:
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)  # noqa: S603
    seconds = time.perf_counter() - start
    parts = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    return {name: float(told) for name, told in parts} | {"all": seconds}


def same_parts(world: Path) -> None:
    """What the script by hand does, by this project: print the seconds of each part."""

    def part(name: str, start: float) -> float:
        print(f"{name}\t{time.perf_counter() - start:.2f}", flush=True)
        return time.perf_counter()

    now = time.perf_counter()
    connection = stage(world)
    now = part("read", now)
    links, _ = link_and_score_pairs(connection, world)
    now = part("link", now)
    build(connection, links)
    analysis = read_table(connection, "analysis")
    now = part("cohort", now)
    pl.concat([describe_characteristics(analysis)[0], count_outcomes(analysis)])
    now = part("count", now)
    primary = {
        f"{name}{plan}" for name in ("o1_logistic", "o2_logistic", "o3_cox", "o4_cox") for plan in ("", "_chained")
    }
    fit_models(analysis, [spec for spec in load_models(PROJECT / CONFIG.models) if spec.name in primary])
    now = part("models", now)
    estimate_cumulative_incidence(analysis)
    part("curves", now)


if __name__ == "__main__":
    main()
