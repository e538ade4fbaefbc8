"""The list of outputs in the form of ACRO, which the SACRO viewer opens, and a checksum of each file.

Fields and rules were read from the sources of ACRO 1.0.2 and of the SACRO viewer (github.com/AI-SDC, 2026).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

ACRO_VERSION: Final = "1.0.2"
"""The release of ACRO whose form this is; the viewer opens 0.4 and later."""
RESULTS: Final = "results.json"
CHECKSUMS: Final = "checksums"

_FLAGS: Final[Mapping[str, str]] = {
    "suppressed_primary": "threshold",
    "suppressed_secondary": "secondary",
    "suppressed": "hidden",
}
"""What a checker is shown of a hidden cell: `threshold` is ACRO's own word."""
_ALWAYS: Final = (
    "negative",
    "missing",
    "threshold",
    "p-ratio",
    "nk-rule",
    "all-values-are-same",
    "secondary",
    "hidden",
)
_CURVES: Final = {"cumulative_incidence", "state_occupation"}


def checksum_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """For each file the path and content of its checksum: `checksums/<path>.txt`, SHA-256 in hexadecimal digits."""
    return {f"{CHECKSUMS}/{path}.txt": hashlib.sha256(content).hexdigest().encode() for path, content in files.items()}


def acro_results(
    tables: Mapping[str, pl.DataFrame], files_of: Mapping[str, Sequence[str]], comments: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """What `results.json` holds: one output for each table.

    An output of which cells are hidden has the status `review`, as in ACRO; one without has `pass`. No output has
    `fail`: nothing that fails is released. The time of an output is left empty, so that the same input gives the same
    bytes; the viewer then shows none, and the ledger holds the day.

    Args:
        tables: The released tables by name.
        files_of: Of each table the paths of its files; the table itself comes first.
        comments: Of each table what a checker is told beside it.
    """
    results = {
        name: _record(name, table, files_of[name], list(comments[name])) for name, table in sorted(tables.items())
    }
    return {"version": ACRO_VERSION, "results": results}


def _record(name: str, table: pl.DataFrame, paths: Sequence[str], comments: list[str]) -> dict[str, Any]:
    sdc = _checks(table)
    hidden = {flag: sdc["summary"][flag] for flag in _FLAGS.values() if sdc["summary"][flag]}
    kind, method = ("survival", "curve") if name in _CURVES else ("table", "crosstab")
    if "model" in table.columns:
        kind, method = "regression", "table of models"
    told = "".join(f"{flag}: {n} rows suppressed; " for flag, n in hidden.items())
    return {
        "uid": name,
        "status": "review" if hidden else "pass",
        "type": kind,
        "properties": {"method": method},
        "files": [{"name": path, "sdc": sdc if path == paths[0] else {}} for path in paths],
        "outcome": {},
        "command": "dyadlink, rule release_tables",
        "summary": f"review; {told}" if hidden else "pass",
        "timestamp": "",
        "comments": comments,
        "exception": "Hidden by the rules of the profile; no exception is asked for." if hidden else "",
        "fair": {},
    }


def _checks(table: pl.DataFrame) -> dict[str, Any]:
    """Which cells are hidden and why: of each hidden row the first that is empty after its status.

    Rows are counted from 0, columns from 0 after the first, as the viewer does.
    """
    cells: dict[str, list[list[int]]] = {flag: [] for flag in _ALWAYS}
    status = table.columns.index("status")
    for place, row in enumerate(table.iter_rows()):
        if row[status] in _FLAGS:
            empty = next((i for i, value in enumerate(row) if i > status and value is None), status)
            cells[_FLAGS[row[status]]].append([place, empty - 1])
    summary = {"suppressed": any(cells.values())} | {flag: len(found) for flag, found in cells.items()}
    return {"summary": summary, "cells": cells}
