"""What the folder of results tells of a release beyond the release itself: for inside alone.

Nothing told here is a number of the unrounded tables or a hash of one: only whether they are those of the release.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from dyadlink.config import Sources
from dyadlink.disclosure.earlier import digest_of_inputs
from dyadlink.errors import DyadlinkError
from dyadlink.ledger import Entry, read_lines, standing
from dyadlink.profiles import Profile
from dyadlink.results_folder import SETTINGS
from dyadlink.sources.digests import digest_sources
from dyadlink.trace.released import ReleaseFolder

ROLES = {"records": "staging", "identifiers": "linkage"}
"""Whose hash a release tells, and the stage that reads it."""


def entry_in_ledger(release: ReleaseFolder, ledger: Path | None, results: Path) -> dict[str, Any] | None:
    """Ledger, date and hash of the release's entry, whether it was withdrawn and names the same files.

    None where no ledger names the release.

    Args:
        release: The release.
        ledger: The ledger; none: whichever stands among the results and names it.
        results: Folder of the results.

    Raises:
        ConfigError: The ledger cannot be read, or its chain of hashes is broken.
    """
    name = str(release.manifest["release"])
    # One that was withdrawn is of the ledger too.
    beside = (
        path for path in sorted(results.glob("ledger*.jsonl")) if f'"{name}"' in path.read_text("utf-8", "replace")
    )
    path = ledger or next(beside, None)
    if path is None:
        return None
    lines = read_lines(path)
    found = [(line, own) for line, own in lines if isinstance(line, Entry) and line.release == name]
    if not found:
        return None
    entry, own = found[-1]
    hashes = {path: file["sha256"] for path, file in release.files.items()}
    return {
        "ledger": path.as_posix(),
        "date": entry.date.isoformat(),
        "line_sha256": own,
        "is_withdrawn": name not in {one.release for one in standing(line for line, _ in lines)},
        "names_the_same_files": entry.files == hashes,
        "made_of_what_stands": _is_made_of(entry, release, results / "aggregate"),
    }


def _is_made_of(entry: Entry, release: ReleaseFolder, aggregate: Path) -> bool | None:
    """Whether the unrounded tables that stand are those of the release; none where none stand."""
    paths = {path.stem: path for path in sorted(aggregate.glob("*.parquet"))}
    settings = release.manifest.get("settings", {})
    if not settings.get("prediction", {}).get("enabled", False):
        # Left by an earlier configuration that asked for it.
        paths.pop("prediction", None)
    if not paths or not entry.inputs:
        return None
    try:
        rules = Profile(**release.manifest["profile"])
    except ValidationError:  # a release of a version with other rules
        return None
    return digest_of_inputs({name: pl.read_parquet(path) for name, path in paths.items()}, rules) == entry.inputs


def hashes_that_stand(results: Path) -> dict[str, dict[str, str | None]] | None:
    """SHA-256 of the sources of the last run, by role and input; none where no run stands."""
    try:
        return {
            role: json.loads((results / "aggregate" / f"{role}_sha256.json").read_text(encoding="utf-8"))
            for role in ROLES
        }
    except (OSError, ValueError):
        return None


def hash_sources_again(results: Path) -> dict[str, dict[str, str | None]]:
    """The same, of the files as they stand now: every one is read.

    Raises:
        DyadlinkError: What the run read is not told here, or does not stand any more.
    """
    path = results / SETTINGS
    try:
        sources = Sources(**json.loads(path.read_text(encoding="utf-8"))["sources"])
    except (OSError, ValueError, KeyError, TypeError):
        raise DyadlinkError(
            "what the run read is not told here", where=str(path), mend="leave --check-sources out, or run the study"
        ) from None
    # Folders are told as the workflow has them, from the folder that it runs in.
    return {role: digest_sources(_from(sources, results.parent), stage) for role, stage in ROLES.items()}  # type: ignore[arg-type]


def _from(sources: Sources, folder: Path) -> Sources:
    inputs = tuple(
        one.model_copy(
            update={
                "location": one.location and str(folder / one.location) if one.format != "postgresql" else one.location,
                "mapping": one.mapping and folder / one.mapping,
            }
        )
        for one in sources.inputs
    )
    return sources.model_copy(update={"directory": folder / sources.directory, "inputs": inputs})


def made_at(results: Path, table: str) -> str | None:
    """When a table of the last run was written, to the minute (UTC); none where it does not stand."""
    folder = results if table.startswith("aggregate/") else results / "record_level"
    found = next((path for path in folder.glob(f"{table}.*") if path.is_file()), None)
    return None if found is None else datetime.fromtimestamp(found.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M UTC")
