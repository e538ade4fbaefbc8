"""Who is counted in each table, where the folder says so itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_RECORDS = ("manifest.json", "results.json")


def told_populations(directory: Path) -> dict[str, str]:
    """Words for the people of a table by the path of its file; only of tables of which a record says them.

    A record is `manifest.json` (`files`: objects with `path` and `population`) or `results.json` in the form of ACRO
    (`population` of a result or of its properties, for each of its `files`, or of a file itself).
    """
    found: dict[str, str] = {}
    for name in _RECORDS:
        try:
            told = json.loads((directory / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        for entry, population in _entries(told):
            path = entry.get("path", entry.get("name"))
            if isinstance(path, str) and isinstance(population, str) and population.strip():
                found.setdefault(path, " ".join(population.lower().split()))
    return found


def _entries(told: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each file of a record, with what is said of its people."""
    if not isinstance(told, dict):
        return
    results = told.get("results")
    holders = [told, *(results.values() if isinstance(results, dict) else [])]
    for holder in (one for one in holders if isinstance(one, dict)):
        properties = holder.get("properties")
        of_all = holder.get("population") or (properties.get("population") if isinstance(properties, dict) else None)
        files = holder.get("files")
        for entry in files if isinstance(files, list) else []:
            if isinstance(entry, dict):
                yield entry, entry.get("population", of_all)
