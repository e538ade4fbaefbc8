"""What staging costs at the size of the country: `make bench-staging`.

The national research extract of synthetic records (Parquet, with the usual flaws, and as many children as make 20
million event rows) goes through all that the step `stage_sources` does, in a process of its own, with the workflow's
default memory limit unless told otherwise. Event rows are the rows of every typed table but those that describe people:
patients, children, babies.

Prints seconds and peak memory (resident, MB) of each part, and rows. The working tables stand beside the output.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from dyadlink.config import Checks, Input, Resources, Sources
from dyadlink.sources.completeness import count_completeness, measure_ranges
from dyadlink.sources.loading import load_sources
from dyadlink.sources.rules import check_sources
from dyadlink.sources.staging import STAGED, STAGING_TABLES, type_sources
from dyadlink.sql import add_views, codelists_of, connect, create_tables
from dyadlink.storage import working_folder, write_parquet, write_tables

PROJECT = Path(__file__).parents[1]
SQL = PROJECT / "workflow/sql"
PARAMETERS = PROJECT / "synthetic_data/parameters.yaml"
ROUTE = "england_research_extract"
CHILDREN = 8_500_000
"""As many as make 20 million event rows; the five million of the preset make 12."""
PEOPLE = ("patients", "babies", "cin_children", "looked_after_children")


class Peak:
    """The most memory that this process took since it was last asked."""

    def __init__(self) -> None:
        """Watch from now on."""
        self._most = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self._most = max(self._most, _resident())
            time.sleep(0.02)

    def take(self) -> float:
        """Megabytes."""
        most, self._most = max(self._most, _resident()), 0.0
        return most


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def stage(records: Path, out: Path, memory_limit: str) -> None:
    """Stage the extract that stands in a folder, and print what each part costs."""
    peak = Peak()
    peaks: list[float] = []

    @contextmanager
    def part(name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        peaks.append(peak.take())
        print(f"{name:24} {time.perf_counter() - start:8.1f} s {peaks[-1]:8.0f} MB", flush=True)

    began = time.perf_counter()
    sources = Sources(directory=records, inputs=(Input(name="national", route=ROUTE, location=str(records)),))
    with working_folder(out / ".working") as folder:
        connection = connect(Resources(threads=2, memory_limit=memory_limit), folder)
        add_views(connection, codelists_of(PROJECT))
        with part("load"):
            load_sources(connection, sources, SQL)
        with part("types"):
            type_sources(connection, SQL)
        with part("staged tables"):
            create_tables(connection, SQL / "staging", STAGING_TABLES, {})
        with part("rules"):
            checked = check_sources(connection, SQL, Checks())
        with part("writing"):
            write_tables(connection, {name: out / f"{name}.parquet" for name in (*STAGING_TABLES, "broken_records")})
            write_parquet(checked.quality, out / "data_quality.parquet")
        with part("completeness and ranges"):
            write_parquet(count_completeness(connection), out / "data_completeness.parquet")
            write_parquet(measure_ranges(connection), out / "data_ranges.parquet")
        seconds = time.perf_counter() - began
        names = [staged.typed.removeprefix("typed_") for staged in STAGED]
        rows = {name: connection.table(f"typed_{name}").count("*").fetchall()[0][0] for name in names}
        connection.close()
    events = sum(n for name, n in rows.items() if name not in PEOPLE)
    print(f"{'all':24} {seconds:8.1f} s {max(peaks):8.0f} MB")
    print(f"{events:,} event rows, {sum(rows.values()):,} rows; {events / seconds:,.0f} event rows a second")
    print("target: 20,000,000 event rows in under 60 s and 2,000 MB")


def simulate_extract(world: Path, children: int) -> None:
    """Simulate the national research extract with so many children."""
    with tempfile.TemporaryDirectory() as name:
        parameters = Path(name) / "parameters.yaml"
        shutil.copy(PARAMETERS.with_name("authorities.csv"), name)
        parameters.write_text(yaml.safe_dump(_with_children(children)), encoding="utf-8")
        code = "import sys; from dyadlink.cli import main; main(sys.argv[1:])"
        wanted = ["simulate", "--preset", "national", "--route", ROUTE, "--out", str(world)]
        wanted += ["--parameters", str(parameters)]
        subprocess.run([sys.executable, "-c", code, *wanted], check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def _with_children(n: int) -> dict[str, Any]:
    """The parameters of the synthetic records, with so many children in the national preset."""
    parameters: dict[str, Any] = yaml.safe_load(PARAMETERS.read_text(encoding="utf-8"))
    parameters["presets"]["national"]["n_children"]["value"] = n
    return parameters


def main() -> None:
    """Simulate the extract unless a folder is given, and stage it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path, help="an extract that `dyadlink simulate` made")
    parser.add_argument("--children", type=int, default=CHILDREN, help="children to simulate")
    parser.add_argument("--memory-limit", default=Resources().memory_limit)
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        stage(options.records, options.only, options.memory_limit)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = options.records
        if records is None:
            simulate_extract(folder / "world", options.children)
            records = folder / "world" / ROUTE
        (folder / "staging").mkdir()
        command = [sys.executable, __file__, "--records", str(records), "--only", str(folder / "staging")]
        subprocess.run([*command, "--memory-limit", options.memory_limit], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
