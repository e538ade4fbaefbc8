"""What a large run will take of the machine, from the size of its records: told before it starts.

The figures are those of a run on the records of a whole country (19 million rows in 0.55 GB of Parquet, 8.5 million
children) on two cores, and of the default one; see docs/how-to/run-on-a-cluster.md. They are rough: rows differ in
length, and machines in speed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dyadlink.config import Resources
from dyadlink.progress import in_words

LARGE_ROWS = 1_000_000
"""From here on a run takes long enough to be told of before."""
BYTES_OF_A_ROW = {".parquet": 29, ".duckdb": 60, ".db": 60}
"""Of a file of this ending; what is not named is text."""
_BYTES_OF_TEXT = 400

_SECONDS, _SECONDS_PER_MILLION = 80, 17.5
"""Of a run whatever its size, and of each million rows more."""
_DISK_PER_MILLION = 0.21
"""Gigabytes, nearly all of them working tables that are gone at the end of a step."""
_BESIDE_DUCKDB = 0.9
"""Gigabytes that a step holds beside what DuckDB may use."""
_GB = 1e9


@dataclass(frozen=True)
class Needs:
    """What a run takes: rows of its records, seconds, and gigabytes of memory and of disk."""

    rows: float
    seconds: float
    memory: float
    disk: float


def needs_of(records: Iterable[Path], resources: Resources) -> Needs | None:
    """What a run on these files will roughly take; none where it is not large, or they cannot be seen.

    Args:
        records: The files that are read; what a server holds is not among them.
        resources: What one step may use.
    """
    try:
        rows = sum(path.stat().st_size / BYTES_OF_A_ROW.get(path.suffix, _BYTES_OF_TEXT) for path in set(records))
    except OSError:
        return None
    if rows < LARGE_ROWS:
        return None
    millions = rows / 1e6
    seconds = _SECONDS + _SECONDS_PER_MILLION * millions
    return Needs(rows, seconds, _gigabytes(resources.memory_limit) + _BESIDE_DUCKDB, _DISK_PER_MILLION * millions)


def words_of(needs: Needs, free_memory: float | None, free_disk: float, where: Path) -> str:
    """The line that tells the needs, and says what is too small and how to mend it.

    Args:
        needs: What the run takes.
        free_memory: Gigabytes that it may have; none where this is not known.
        free_disk: Gigabytes that are free where working tables stand.
        where: That place.
    """
    has = "" if free_memory is None else f" of {free_memory:.1f} free"
    told = (
        f"A large run, of some {needs.rows / 1e6:.0f} million rows: about {in_words(needs.seconds)}, "
        f"{needs.memory:.1f} GB of memory{has} and {needs.disk:.1f} GB of disk of {free_disk:.0f} free in {where}"
    )
    wrong = []
    if free_memory is not None and free_memory < needs.memory:
        wrong.append("too little memory -> lower resources.memory_limit, or take a larger machine")
    if free_disk < needs.disk:
        wrong.append("too little disk -> set resources.temp to a larger one")
    return f"{told}; WARNING: {'; '.join(wrong)}" if wrong else told


def tell_needs(records: Iterable[Path], resources: Resources, results: Path) -> str | None:
    """The line to print before a run; none where it is not large.

    Args:
        records: The files that are read.
        resources: What one step may use.
        results: Where working tables stand, unless `resources.temp` says otherwise.
    """
    needs = needs_of(records, resources)
    if needs is None:
        return None
    where = resources.temp or results
    there = next(path for path in (where.absolute(), *where.absolute().parents) if path.exists())
    return words_of(needs, _free_memory(), shutil.disk_usage(there).free / _GB, where)


def _gigabytes(limit: str) -> float:
    return float(limit[:-2]) * {"MB": 0.001, "GB": 1.0}[limit[-2:]]


def _free_memory() -> float | None:
    """Gigabytes that this process may still have: of the machine, or of the limit it runs under."""
    found = []
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    with suppress(OSError, ValueError):  # no limit is told as `max`
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    of_job = os.environ.get("SLURM_MEM_PER_NODE", "")
    found += [int(of_job) * 1_000_000] if of_job.isdigit() else []
    return min(found) / _GB if found else None
