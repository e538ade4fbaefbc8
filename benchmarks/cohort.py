"""What the cohort costs beside the size of the country's records: `make bench-cohort`.

The national research extract of synthetic records (30,000 dyads) is staged; its social care events come again under
other children's keys until there are 20 million. Read with the true links they go through all that the step
`build_cohort` makes of them, in a process of its own, with the workflow's default memory limit. Beside it one bare
semi-join scan of the same event tables for the linked children, and the same with a quarter and half of the children:
time should grow no faster than rows.

Prints seconds and peak memory (resident, MB), and the seconds of each table.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from pipeline import CONFIG, PROJECT, SQL
from staging import CHILDREN, ROUTE, Peak, simulate_extract

from dyadlink.cohort.tables import CHILD_TABLES, COHORT_TABLES, add_child_tables, build_cohort
from dyadlink.config import Resources
from dyadlink.sources.staging import STAGING_TABLES
from dyadlink.sql import add_views, codelists_of, connect, create_table
from dyadlink.true_links import read_true_links

EVENTS = tuple(name for name in CHILD_TABLES if name != "children")
"""Tables of social care events, by child record; the other events are the mothers'."""
EVENT_ROWS = 20_000_000


def measure(staged: Path, world: Path, share: float) -> None:
    """Build the cohort from staged tables, and print what it costs."""
    peak = Peak()
    files = {name: staged / f"{name}.parquet" for name in STAGING_TABLES}
    files |= {name: staged / f"enlarged_{share:g}_{name}.parquet" for name in EVENTS}
    rows = sum(pq.ParquetFile(files[name]).metadata.num_rows for name in EVENTS)
    connection = _opened(files, world)
    began = time.perf_counter()
    add_child_tables(connection, files)
    filtering = time.perf_counter() - began
    build_cohort(connection, SQL, CONFIG.study)
    seconds, memory = time.perf_counter() - began, peak.take()
    dyads = _count(connection, "dyads")
    print(f"{rows:12,} social care events, {dyads:,} dyads: {seconds:6.1f} s {memory:6.0f} MB", flush=True)
    if share < 1:
        return
    apart = {name: _seconds(connection, name) for name in COHORT_TABLES}
    for name, each in apart.items():
        print(f"    {name:28} {each:6.2f} s")
    bare = sorted(_bare_scan(connection, files) for _ in range(3))[1]
    print(f"    reading the events, and the children, of the study {filtering:.2f} s")
    print(f"    a bare semi-join scan of the events {bare:.2f} s: {filtering / bare:.1f} times")
    print("    targets: under 15 s and 2,000 MB; filtering within 3 times")


def _opened(files: dict[str, Path], world: Path) -> duckdb.DuckDBPyConnection:
    connection = connect(Resources())
    views = {name: path for name, path in files.items() if name not in CHILD_TABLES}
    add_views(connection, {**views, **codelists_of(PROJECT)})
    connection.register("true_links", read_true_links(world, [ROUTE]))
    connection.execute(
        "create table links as select infant_id, la_code || ':' || la_child_id as child_key from true_links"
    )
    connection.execute("create table scored_pairs as select child_key from links limit 0")
    return connection


def enlarge(staged: Path, share: float) -> None:
    """Write the event tables with `share` times EVENT_ROWS in all: rows of further children under keys of their own."""
    connection = connect(Resources(memory_limit="4GB"), staged)
    add_views(connection, {name: staged / f"{name}.parquet" for name in EVENTS})
    times = share * EVENT_ROWS / sum(_count(connection, name) for name in EVENTS)
    for name in EVENTS:
        copies = [
            f"select * replace (child_key || '/{copy}' as child_key) from {name} "  # noqa: S608  # own names
            f"where hash(child_key) % 10000 < {10000 * min(1, times - copy)}"
            for copy in range(math.ceil(times))
        ]
        rows = " union all ".join(copies).replace(" || '/0'", "")
        out = staged / f"enlarged_{share:g}_{name}.parquet"
        connection.execute(f"copy (from ({rows}) order by child_key) to '{out}'")
    connection.close()
    for left_over in staged.glob("tables.duckdb*"):
        left_over.unlink()


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.table(table).count("*").fetchall()[0][0])


def _seconds(connection: duckdb.DuckDBPyConnection, table: str) -> float:
    start = time.perf_counter()
    create_table(connection, SQL / "cohort" / f"{table}.sql", CONFIG.study.model_dump())
    return time.perf_counter() - start


def _bare_scan(connection: duckdb.DuckDBPyConnection, files: dict[str, Path]) -> float:
    start = time.perf_counter()
    for name in EVENTS:
        connection.execute(
            f"create or replace temp table bare as from read_parquet('{files[name]}') semi join links using (child_key)"
        )
    return time.perf_counter() - start


def main() -> None:
    """Simulate and stage the extract unless folders are given, and build the cohort from it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", type=Path, help="where `dyadlink simulate` made the extract")
    parser.add_argument("--staged", type=Path, help="its staged tables")
    parser.add_argument("--children", type=int, default=CHILDREN, help="children to simulate")
    parser.add_argument("--share", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.share:
        measure(options.staged, options.world, options.share)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world, staged = options.world, options.staged
        if world is None:
            world, staged = folder / "world", folder / "staged"
            simulate_extract(world, options.children)
            staged.mkdir()
            staging = str(Path(__file__).with_name("staging.py"))
            command = [sys.executable, staging, "--records", str(world / ROUTE), "--only", str(staged)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        for share in (0.25, 0.5, 1.0):
            enlarge(staged, share)
            own = ["--world", str(world), "--staged", str(staged), "--share", str(share)]
            subprocess.run([sys.executable, __file__, *own], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
