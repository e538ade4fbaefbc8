"""What `dyadlink trace` tells of a run, held against what Snakemake recorded and what stands in the results."""

from __future__ import annotations

import base64
import json
from pathlib import Path, PurePath

import polars as pl
from snakemake_run import PROJECT

from dyadlink.trace.chain import trace
from dyadlink.trace.workflow_rules import read_rules


def check_rules_are_those_of_the_run(folder: Path) -> None:
    """The rules as their text is read make and read what Snakemake recorded of them."""
    made: dict[str, set[str]] = {}
    read: dict[str, set[str]] = {}
    for record in (folder / ".snakemake/metadata").iterdir():
        told = json.loads(record.read_text(encoding="utf-8"))
        made.setdefault(told["rule"], set()).update(_names([base64.b64decode(record.name).decode()]))
        read.setdefault(told["rule"], set()).update(_names(told["input"]))
    rules = {rule.name: rule for rule in read_rules(PROJECT) if rule.name in made}
    # Prediction is not asked for, and nobody has reviewed pairs.
    absent = {"aggregate/prediction", "aggregate/review_estimates"}
    assert {name: set(rule.makes) for name, rule in rules.items()} == made
    assert {name: set(rule.reads) - absent for name, rule in rules.items()} == read
    assert len(made) == 8


def _names(paths: list[str]) -> set[str]:
    """Files of the results as `stage/table`; records, release and report as one."""
    found = set()
    for path in map(PurePath, paths):
        parts = path.parts
        if parts[0] == "results":
            is_whole = parts[1] in {"release", "underlying", "report"} or parts[1:3] == ("record_level", "sources")
            stage = parts[2] if parts[1] == "record_level" else parts[1]
            found.add(stage if is_whole else f"{stage}/{path.stem}")
    return found


def check_every_released_table(folder: Path) -> None:
    """Each is as it was released, and stands in the unrounded table that it is traced to."""
    release = folder / "results/release"
    tables = [path.stem for path in sorted((release / "tables").glob("*.csv"))]
    assert len(tables) >= 40
    counted = set(pl.read_parquet(folder / "results/aggregate/counts.parquet")["table"])
    for table in tables:
        found = trace(table, PROJECT, release)
        assert found["warnings"] == []
        assert found["output"]["state"] == "unchanged"
        (unrounded,) = {tuple(of["reads"]) for of in found["steps"][0]["tables"]}
        assert all((folder / "results" / f"{name}.parquet").is_file() for name in unrounded)
        if unrounded == ("aggregate/counts",) and table != "standardised_differences":
            assert table in counted
        assert found["release"]["ledger"]["made_of_what_stands"] is True
    assert trace(str(release), PROJECT, release, check_sources=True)["sources"][0]["is_as_it_stands_now"] is True


def check_items_of_the_report(folder: Path) -> None:
    """A table of the report is what the release gives; a figure that was changed by hand is not."""
    report, release = folder / "results/report", folder / "results/release"
    found = trace(str(report / "tables/table-01.csv"), PROJECT, release)
    assert (found["output"]["state"], found["output"]["released_tables"]) == ("unchanged", ["outcomes"])
    assert [step["rule"] for step in found["steps"]][:2] == ["build_report", "release_tables"]
    path = report / "figures/figure-01.csv"
    content = path.read_bytes()
    path.write_bytes(content + b"1\n")
    found = trace(str(path), PROJECT, release)
    path.write_bytes(content)
    assert (found["output"]["state"], found["output"]["released_tables"]) == ("changed", ["cohort_flow"])
