"""The linkage beside its peers on 30,000 infants and 100,000 to 5,000,000 children: `make bench-linkage`.

The worlds are drawn by the project's own generator (`linkage_world.py`): its usual one, and a hard one. Both sides are
standardised once; then each method links the same two tables in a process of its own: the project's linkage with the
default settings and Splink with ordinary settings (each at two thresholds), and a nine-step exact ladder in SQL.
Prints a table in Markdown and writes benchmarks/results/linkage.json: seconds, those of the processors (which a busy
machine leaves alone), peak memory (resident, MB), precision, recall, F1, recall by ethnic group, and why pairs are
missed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
from linkage_peers import THRESHOLDS, bare_ladder, bare_splink
from linkage_world import WORLDS, write_world

from dyadlink.config import Resources, load_config
from dyadlink.linkage.links import link_persons
from dyadlink.linkage.persons import standardise
from dyadlink.linkage.resolution import resolve
from dyadlink.sql import add_views, codelists_of, connect
from dyadlink.storage import working_folder

PROJECT = Path(__file__).resolve().parents[1]
SQL = PROJECT / "workflow/sql"
RESULTS = Path(__file__).parent / "results/linkage.json"
SIZES = (100_000, 1_000_000, 5_000_000)
N_INFANTS = 30_000
METHODS = ("standardise", "ours", "splink", "ladder")


def run(method: str, folder: Path) -> None:
    """Do one method's work in this process, and print its seconds and peak memory."""
    start = time.perf_counter()
    if method == "splink":
        bare_splink(folder)
        _tell(start)
    elif method == "ladder":
        bare_ladder(folder, (SQL / "macros.sql").read_text(encoding="utf-8"))
        _tell(start)
    else:
        with working_folder(folder / ".working") as working:
            connection = connect(Resources(), working)
            connection.execute((SQL / "macros.sql").read_text(encoding="utf-8"))
            {"standardise": _standardise, "ours": _ours}[method](connection, folder)
            _tell(start)
            if method == "ours":
                _links_at_thresholds(connection, folder)
            connection.close()


def _tell(start: float) -> None:
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    print(json.dumps({"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2), "peak_mb": _peak_mb()}), flush=True)


def _peak_mb() -> int:
    """The most memory of this process; what `getrusage` tells counts the process that started it as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return round(int(line.split()[1]) / 1e3)


def _standardise(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    add_views(connection, codelists_of(PROJECT))
    for side in ("left", "right"):
        connection.execute(f"create view raw_{side} as from '{folder / f'raw_{side}.parquet'}'")
        standardise(connection, SQL, "left" if side == "left" else "right")
        connection.execute(f"copy (from {side}_persons) to '{folder / f'{side}.parquet'}'")


def _ours(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    for side in ("left", "right"):
        connection.execute(f"create view {side}_persons as from '{folder / f'{side}.parquet'}'")
    link_persons(connection, load_config(PROJECT / "config/config.yaml").linkage)
    connection.execute(f"copy links to '{folder / 'links_ours.parquet'}'")
    connection.execute(f"copy scored_pairs to '{folder / 'scored_ours.parquet'}'")


def _links_at_thresholds(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The links again at each threshold that Splink is given."""
    for threshold in THRESHOLDS:
        resolve(connection, threshold=threshold, keep_twins_apart=True)
        connection.execute(f"""
            copy (
                select a.person_id as left_id, b.person_id as right_id
                from (select l, r from ladder_links union all select l, r from probable_links)
                inner join left_near as a using (l) inner join right_near as b using (r)
            ) to '{folder / f"links_ours_{threshold}.parquet"}'
        """)


def quality(folder: Path, name: str) -> dict[str, Any]:
    """Precision, recall and F1 of one method's links, and recall by ethnic group."""
    database = duckdb.connect()
    pairs = f"""
        from '{folder / "truth.parquet"}' as t
        left join '{folder / f"links_{name}.parquet"}' as l on t.left_id = l.left_id and t.right_id = l.right_id
    """
    ((n_true, n_found),) = database.execute(f"select count(*), count(l.left_id) {pairs}").fetchall()
    ((n_made,),) = database.execute(f"select count(*) from '{folder / f'links_{name}.parquet'}'").fetchall()
    groups = database.execute(
        f"select ethnicity, count(l.left_id) / count(*) {pairs} group by all order by all"
    ).fetchall()
    precision, recall = n_found / n_made, n_found / n_true
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / (precision + recall), 4),
        "recall_by_ethnicity": {group: round(value, 4) for group, value in groups},
    }


def missed(folder: Path) -> dict[str, int]:
    """Of the true pairs that ours misses: how many no rule brought, and how many no identifier could tell."""
    database = duckdb.connect()
    ((n, n_brought, n_weak),) = database.execute(f"""
        with missed as (
            select t.* from '{folder / "truth.parquet"}' as t
            anti join '{folder / "links_ours.parquet"}' as l on t.left_id = l.left_id and t.right_id = l.right_id
        )
        select count(*), count(s.left_id), count_if(
            coalesce(a.nhs_number != b.nhs_number, true)
            and (coalesce(a.forename != b.forename, true))::integer + (coalesce(a.surname != b.surname, true))::integer
            + (coalesce(a.postcode != b.postcode, true))::integer + (a.birth_date != b.birth_date)::integer >= 2
        )
        from missed as m
        inner join '{folder / "left.parquet"}' as a on m.left_id = a.person_id
        inner join '{folder / "right.parquet"}' as b on m.right_id = b.person_id
        left join '{folder / "scored_ours.parquet"}' as s on m.left_id = s.left_id and m.right_id = s.right_id
    """).fetchall()
    return {"missed": n, "scored_but_not_linked": n_brought, "no_number_and_two_of_four_identifiers_wrong": n_weak}


def measure(world: str, n_children: int, seed: int, folder: Path) -> dict[str, Any]:
    """All methods in one world at one size."""
    write_world(folder, N_INFANTS, n_children, world, seed)
    result: dict[str, Any] = {"world": world, "seed": seed, "n_infants": N_INFANTS, "n_children": n_children}
    for method in METHODS:
        command = [sys.executable, __file__, "--run", method, "--folder", str(folder)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
        result[method] = json.loads(done.stdout.splitlines()[-1])
    result["ladder"] |= quality(folder, "ladder")
    for method in ("ours", "splink"):
        both = [{"threshold": t, **quality(folder, f"{method}_{t}")} for t in THRESHOLDS]
        result[method] |= {"at_each_threshold": both, **max(both, key=lambda found: found["f1"])}
    result["ours"] |= missed(folder)
    return result


def _print_rows(result: dict[str, Any]) -> None:
    start = f"| {result['world']} | {result['n_children']:,}"
    for method in METHODS[1:]:
        of = result[method]
        used = f"{of['seconds']} | {of['cpu_seconds']} | {of['peak_mb']:,}"
        for found in of.get("at_each_threshold", [of]):
            groups = found["recall_by_ethnicity"].values()
            print(
                f"{start} | {method} {found.get('threshold', '')} | {used} | {found['precision']} | {found['recall']} "
                f"| {found['f1']} | {min(groups)} | {max(groups)} |"
            )
    of = result["standardise"]
    used = f"{of['seconds']} | {of['cpu_seconds']} | {of['peak_mb']:,}"
    print(f"{start} | standardising alone | {used} |" + " |" * 5, flush=True)


def main() -> None:
    """Measure each size, print the table and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--world", choices=WORLDS, nargs="+", default=WORLDS)
    parser.add_argument("--seed", type=int, default=2, help="1 is the one that the defaults were chosen on")
    parser.add_argument("--run", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run(options.run, options.folder)
        return
    results = []
    columns = "world | children | method | seconds | CPU seconds | peak MB | precision | recall | F1"
    print(f"| {columns} | worst group | best group |")
    print("|---" * 11 + "|")
    for world in options.world:
        for n in options.sizes:
            with tempfile.TemporaryDirectory() as name:
                result = measure(world, n, options.seed, Path(name))
            results.append(result)
            _print_rows(result)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
