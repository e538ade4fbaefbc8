"""What suppression costs, and what it loses: `make bench-disclosure`.

Two-way tables with margins of growing size, with few small counts, many, and all of them small, under a profile that
rounds (strict) and one that does not (ukllc). `--release FOLDER` adds the aggregates of a run (results/aggregate).
`--tauargus PYTHON` names an interpreter that has pytauargus (tau-argus's optimal method on HiGHS), for the same tables
as records. It is asked for the same small counts, but keeps other intervals open: those of the small counts alone,
zeros are no small counts to it, and every margin is exact. So its seconds compare, its cells hardly.

Prints a table in Markdown and writes benchmarks/results/disclosure.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dyadlink.audit.auditor import audit_folder
from dyadlink.disclosure import PROFILES as KNOWN
from dyadlink.disclosure import get_profile, protect_all, write_release
from dyadlink.disclosure.suppress import Effort, hide_cells
from dyadlink.disclosure.system import MARGIN, TOTAL_MARGIN, Builder, CellSystem

SIZES = ((20, 4), (50, 10), (100, 10), (200, 10), (500, 40))
SHARES = (0.05, 0.3, 1.0)
PROFILES = ("strict", "ukllc")
RELEASED_UNDER = tuple(KNOWN)
RESULTS = Path(__file__).parent / "results/disclosure.json"

PEER = """
import json, sys, time
from pytauargus import protect
data = json.load(open(sys.argv[1]))
start = time.perf_counter()
found = protect(data, ["row", "column"], "one", safety_rules="FREQ(10,10)", suppress="OPT(1,1)", workdir=sys.argv[2])
seconds = time.perf_counter() - start
status = [line.split(";")[5] for line in open(found.tables[0].path) if line.count(";") > 5]
print(json.dumps({"seconds": round(seconds, 2), "hidden_besides": status.count("M")}))
"""


def counts_of(rows: int, columns: int, share: float) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Counts of 10 to 59, but for a share of 0 to 9."""
    rng = np.random.default_rng(1)
    is_small = rng.random((rows, columns)) < share
    return np.where(is_small, rng.integers(0, 10, (rows, columns)), rng.integers(10, 60, (rows, columns)))


def system_of(counts: np.ndarray[Any, np.dtype[np.int64]]) -> CellSystem:
    """The counts with both margins."""
    builder = Builder()
    rows, columns = (range(n) for n in counts.shape)
    for (row, column), n in np.ndenumerate(counts):
        builder.add((row, column), int(n), "table")
    for row in rows:
        builder.add(("row", row), int(counts[row].sum()), "table", MARGIN)
    for column in columns:
        builder.add(("column", column), int(counts[:, column].sum()), "table", TOTAL_MARGIN)
    builder.add("all", int(counts.sum()), "table", TOTAL_MARGIN)
    for row in rows:
        builder.tie(("row", row), [(row, column) for column in columns])
    for column in columns:
        builder.tie(("column", column), [(row, column) for row in rows])
    builder.tie("all", [("row", row) for row in rows])
    builder.tie("all", [("column", column) for column in columns])
    return builder.system()


def measure(counts: np.ndarray[Any, np.dtype[np.int64]], profile: str) -> dict[str, Any]:
    """Seconds, cells hidden for their own sake and besides, and whether none cheaper was looked for."""
    system = system_of(counts)
    start = time.perf_counter()
    hidden = hide_cells(system, get_profile(profile))
    seconds = time.perf_counter() - start
    small = sum(get_profile(profile).is_small(n) for n in system.values)
    is_exact = len(system.values) <= Effort().most_cells or len(hidden.cells) == small
    return {
        "seconds": round(seconds, 2),
        "cells": len(system.values),
        "small": small,
        "hidden_besides": len(hidden.cells) - small,
        "method": "optimum" if is_exact else "heuristic",
    }


def measure_peer(counts: np.ndarray[Any, np.dtype[np.int64]], python: str) -> dict[str, Any]:
    """Seconds of pytauargus and the cells that it hides besides."""
    people = [(f"r{row:03d}", f"c{column:02d}") for (row, column), n in np.ndenumerate(counts) for _ in range(int(n))]
    with tempfile.TemporaryDirectory() as folder:
        records = Path(folder) / "records.json"
        columns = {"row": [r for r, _ in people], "column": [c for _, c in people], "one": [1] * len(people)}
        records.write_text(json.dumps(columns), encoding="utf-8")
        command = [str(Path(python).absolute()), "-c", PEER, str(records), folder]
        # It leaves logs where it runs.
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=True, timeout=600, cwd=folder
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure_release(folder: Path, name: str) -> dict[str, Any]:
    """Seconds of processor to protect the aggregates of a run and to audit the release, and its rows."""
    aggregate = {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    profile = get_profile(name)
    times = [time.process_time()]
    released = protect_all(aggregate, profile)
    times.append(time.process_time())
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place) / "release"
        write_release(released, {"title": "Benchmark", "is_synthetic": True, "profile": profile}, directory)
        times.append(time.process_time())
        audit_folder(directory, profile)
        times.append(time.process_time())
    counts = [frame.get_column("n") for frame in released.values() if "n" in frame.columns]
    return {
        "seconds": round(times[1] - times[0], 1),
        "seconds_of_audit": round(times[3] - times[2], 1),
        "rows": sum(len(n) for n in counts),
        "hidden": sum(n.null_count() for n in counts),
    }


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", type=Path, help="folder of the aggregates of a run")
    parser.add_argument("--tauargus", help="interpreter that has pytauargus")
    options = parser.parse_args()
    # The first programme loads the solver.
    hide_cells(system_of(counts_of(4, 4, 0.3)), get_profile("ukllc"))
    tables = []
    print("| table | small counts | profile | seconds | hidden besides | method |\n|---|---|---|---|---|---|")
    for (rows, columns), share in ((size, share) for size in SIZES for share in SHARES):
        counts = counts_of(rows, columns, share)
        found = {profile: measure(counts, profile) for profile in PROFILES}
        if options.tauargus:
            found["pytauargus"] = {**measure_peer(counts, options.tauargus), "method": "its optimum"}
        for name, one in found.items():
            tables.append({"rows": rows, "columns": columns, "share_small": share, "by": name, **one})
            cells = f"{one['seconds']} | {one['hidden_besides']} | {one['method']}"
            print(f"| {rows} x {columns} | {share:.0%} | {name} | {cells} |", flush=True)
    results: dict[str, Any] = {"tables": tables}
    if options.release:
        results["release"] = {name: measure_release(options.release, name) for name in RELEASED_UNDER}
        for name, one in results["release"].items():
            print(f"\nThe release under {name}: {one}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
