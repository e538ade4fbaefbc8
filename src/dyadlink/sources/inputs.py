"""Check the sources of a configuration without running the study, and list what is wrong."""

from __future__ import annotations

import io
import json
from pathlib import Path, PurePosixPath

import polars as pl

from dyadlink.config import Config
from dyadlink.errors import SourceError
from dyadlink.schemas.quality import SEVERITIES
from dyadlink.sources.faults import NOT_FOUND, UNREADABLE, Faults
from dyadlink.sources.findings import leave_out_cascade, list_faults, list_findings
from dyadlink.sources.loading import load_sources
from dyadlink.sources.rules import check_sources
from dyadlink.sources.staging import type_sources
from dyadlink.sql import add_views, codelists_of, connect

SENSITIVE = "Counts of records, unrounded: this list must not leave the environment."
NOT_HELD = "What could not be read counts as empty; rules that look into it are held once it is mended."


def check_inputs(config: Config, project: Path) -> pl.DataFrame:
    """What is wrong with the sources, in the shape of `list_findings`; nothing is written.

    What cannot be read is listed first and counts as having no rows. Rules that look into it are not held.

    Args:
        config: Of the study.
        project: Folder that holds workflow/ and config/codelists/.

    Raises:
        SourceError: The records are to be simulated and are not there yet.
        ConfigError: A mapping is wrong.
    """
    directory, sql = config.sources.directory, project / "workflow" / "sql"
    if config.sources.simulate is not None and not directory.is_dir():
        mend = "run the study once, which makes them, or use 'dyadlink simulate'"
        raise SourceError("the simulated records are not there yet", where=str(directory), mend=mend)
    connection = connect(config.resources)
    add_views(connection, codelists_of(project))
    faults = Faults(is_gathering=True)
    load_sources(connection, config.sources, sql, faults=faults)
    type_sources(connection, sql)
    findings = list_findings(check_sources(connection, sql, config.checks), config.sources)
    return pl.concat([list_faults(faults, config.sources), leave_out_cascade(findings, faults.incomplete)])


def exit_code(findings: pl.DataFrame, fail_on: str) -> int:
    """How the command ends: 3 if something could not be read, 1 if a finding is as bad as the severity or worse."""
    if findings.get_column("rule").is_in([NOT_FOUND, UNREADABLE]).any():
        return SourceError.exit_code
    return int(is_failure(findings, fail_on))


def is_failure(findings: pl.DataFrame, fail_on: str) -> bool:
    """Whether a finding is as bad as the severity, or worse."""
    bad = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return bool(findings.get_column("severity").is_in(bad).any())


def as_csv(findings: pl.DataFrame) -> str:
    """One line for each rule, table and file, under a header."""
    out = io.StringIO()
    findings.write_csv(out, line_terminator="\n")
    return out.getvalue()


def as_json(findings: pl.DataFrame) -> str:
    """A list with one object for each rule, table and file."""
    return json.dumps(findings.to_dicts(), indent=2, ensure_ascii=False) + "\n"


def as_text(findings: pl.DataFrame) -> str:
    """An aligned table with one entry for each rule and table: where it is broken, what it means, how to mend it."""
    if findings.is_empty():
        return "No rule is broken.\n"
    keys = ("severity", "rule", "source", "title", "mend")
    is_fault = pl.col("rule").is_in([NOT_FOUND, UNREADABLE])
    # What cannot be read stands alone: its line or row is part of where it is, and nothing in it was counted.
    own_place = pl.when(is_fault).then("file").alias("place")
    merged = findings.group_by(*keys, own_place, maintain_order=True).agg("file", pl.col("n").sum())
    lines = [("SEVERITY", "RULE", "TABLE", "ROWS", "FILE")]
    lines += [
        (
            row["severity"],
            row["rule"],
            row["source"],
            f"{row['n']:,}" if row["place"] is None else "-",
            _pattern(row["file"]),
        )
        for row in merged.iter_rows(named=True)
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    words = ["", *(f"{row['title']} -> {row['mend']}" for row in merged.iter_rows(named=True))]
    entries = [
        f"{severity:<{widths[0]}}  {rule:<{widths[1]}}  {table:<{widths[2]}}  {n:>{widths[3]}}  {file}"
        + (f"\n{'':<{widths[0]}}  {meaning}" if meaning else "")
        for (severity, rule, table, n, file), meaning in zip(lines, words, strict=True)
    ]
    counts = merged.group_by("severity", maintain_order=True).len()
    told = ", ".join(f"{n} {severity}" for severity, n in counts.iter_rows())
    notes = [] if merged.get_column("place").is_null().all() else [NOT_HELD]
    return "\n".join([*entries, "", f"Rules broken: {told}.", *notes, SENSITIVE]) + "\n"


def _pattern(files: list[str]) -> str:
    """The one file, or what all files have in common with a * for the rest, and how many they are."""
    if len(files) == 1:
        return "the whole table" if files[0] == "*" else files[0]
    parts = [PurePosixPath(file).parts for file in files]
    if len({len(part) for part in parts}) > 1:
        return f"{len(files)} files"
    common = "/".join(_shared(list(names)) for names in zip(*parts, strict=True))
    return f"{common} ({len(files)} files)"


def _shared(names: list[str]) -> str:
    if len(set(names)) == 1:
        return names[0]
    suffixes = {PurePosixPath(name).suffix for name in names}
    return f"*{suffixes.pop()}" if len(suffixes) == 1 else "*"


FORMATS = {"text": as_text, "json": as_json, "csv": as_csv}
