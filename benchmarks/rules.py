"""What each rule of the workflow takes at three sizes: `make bench-rules`.

The study, the default and the national cohort go through the workflow rule by rule, each in a Snakemake of its own with
all that a job has (interpreter, imports), on two cores with the workflow's memory limit. Memory is the most that all
its processes hold together (shared pages once), looked at twice a second. The national records are made as English
returns (7.6 GB) and as a research extract (0.4 GB). Prints a table in Markdown: seconds, memory, and the disk that
results take.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from dyadlink.synthetic import simulate

PROJECT = Path(__file__).parents[1]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
RULES = (
    *("stage_sources", "link_infants", "build_cohort", "describe_cohort"),
    *("fit_models", "release_tables", "build_report"),
)
SIZES = {
    "study": ("study", "england_returns"),
    "default": ("default", "england_returns"),
    "national extract": ("national", "england_research_extract"),
    "national returns": ("national", "england_returns"),
}
CONFIG = """sources:
  simulate: null
  is_synthetic: true
  directory: {sources}
  inputs: [{{name: {route}, route: {route}, location: {sources}{below}}}]
resources: {{memory_limit: {memory}}}
"""


def run_rule(folder: Path, rule: str) -> tuple[float, float]:
    """Seconds of a rule, and the most megabytes that its processes held together."""
    path = f"{SNAKEMAKE.parent}{os.pathsep}{os.environ['PATH']}"
    command = [str(SNAKEMAKE), "--snakefile", str(PROJECT / "Snakefile"), "--directory", str(folder), "--cores", "2",
               "--configfile", str(folder / "config.yaml"), "--until", rule, "--quiet", "all"]  # fmt: skip
    start, most = time.perf_counter(), 0.0
    with (folder / "log.txt").open("a") as log:
        process = subprocess.Popen(command, env={**os.environ, "PATH": path}, stdout=log, stderr=log)  # noqa: S603
        while process.poll() is None:
            most = max(most, held_by(process.pid))
            time.sleep(0.5)
    if process.returncode:
        sys.exit(f"{rule} failed: see {folder / 'log.txt'}")
    return time.perf_counter() - start, most


def held_by(pid: int) -> float:
    """Megabytes that a process and those it started hold, what they share counted once."""
    total = 0
    try:
        for process in [parent := psutil.Process(pid), *parent.children(recursive=True)]:
            total += process.memory_full_info().pss
    except psutil.Error:
        pass  # one has just ended
    return total / 1e6


def size_of(folder: Path) -> float:
    """Megabytes of all files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def measure(size: str, folder: Path, memory: str) -> None:
    """Make the records, run every rule, print a row for each."""
    preset, route = SIZES[size]
    sources = folder / "sources"
    simulate(preset=preset, seed=1, out=sources, parameters=PROJECT / "synthetic_data/parameters.yaml", routes=[route])
    below = "" if route == "england_returns" else f"/{route}"
    told = CONFIG.format(sources=sources, route=route, below=below, memory=memory)
    (folder / "config.yaml").write_text(told, encoding="utf-8")
    records = size_of(sources) - size_of(sources / "truth")
    for rule in RULES:
        seconds, megabytes = run_rule(folder, rule)
        print(f"| {size}, {records:.0f} MB | {rule} | {seconds:.1f} | {megabytes:.0f} |", flush=True)
    print(f"| {size}, {records:.0f} MB | results on disk | | {size_of(folder / 'results'):.0f} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--memory-limit", default="1GB", help="of DuckDB, as `resources.memory_limit`")
    parser.add_argument("--folder", type=Path, help="where the worlds stand, and stay (default: a folder that goes)")
    options = parser.parse_args()
    print("| records | rule | seconds | MB held at most |\n|---|---|---|---|", flush=True)
    for size in options.sizes:
        if options.folder:
            folder = options.folder / size.replace(" ", "_")
            folder.mkdir(parents=True)
            measure(size, folder, options.memory_limit)
        else:
            with tempfile.TemporaryDirectory() as temporary:
                measure(size, Path(temporary), options.memory_limit)


if __name__ == "__main__":
    main()
