"""The one door: the only code that makes the files of a release, and that puts them in place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from dyadlink import __version__
from dyadlink.disclosure.checks import check_release_file, check_release_table
from dyadlink.disclosure.context_page import CONTEXTS, Output, comments_of, context_lines, context_page
from dyadlink.disclosure.folder import clear_place, move_in_place, write_aside
from dyadlink.disclosure.profiles import Profile, get_profile
from dyadlink.disclosure.sacro import RESULTS, acro_results, checksum_files
from dyadlink.disclosure.shows import DEFAULT_SHOWS, SHOWS, STATUSES, population_of
from dyadlink.errors import DyadlinkError
from dyadlink.ledger import Entry

FORMAT_VERSION = 2
MANIFEST = "manifest.json"
_NAME_LENGTH = 12


def write_release(tables: dict[str, pl.DataFrame], context: dict[str, Any], directory: Path) -> None:
    """Nothing; the folder then holds these tables and their records, and nothing else: neither audited nor entered.

    The study's own releases go through `transaction.release_study`. A failure leaves no folder.

    Args:
        tables: See `release_files`.
        context: See `release_files`.
        directory: The folder; made, or replaced if it is an earlier release.

    Raises:
        DyadlinkError: See `release_files`, `clear_place` and `write_aside`.
    """
    files = release_files(tables, context)
    clear_place(directory)
    write_aside(files, directory)
    move_in_place(directory)


def release_files(
    tables: dict[str, pl.DataFrame], context: dict[str, Any], earlier: Sequence[Entry] = ()
) -> dict[str, bytes]:
    """Path and content of every file of a release: tables, their contexts, manifest, list of outputs and checksums.

    The same input gives the same bytes.

    Args:
        tables: What `protect_all` returns.
        context: `title`, `is_synthetic`, `profile` (a name or a Profile), and as wanted `study` (its id in the ledger),
            `definitions` (term to text), `settings`, `provenance` (any plain values) and `shows` (table to sentence).
        earlier: The study's releases before this one, the oldest first.

    Raises:
        DyadlinkError: A table is refused, the context lacks a key or holds what JSON cannot.
    """
    profile = _read_profile(context)
    for name, table in tables.items():
        check_release_table(name, table, profile)
    csvs = {f"tables/{name}.csv": _csv_bytes(tables[name]) for name in sorted(tables)}
    for path, content in csvs.items():
        check_release_file(path, content, profile)
    outputs = _outputs(tables, csvs, context)
    study = str(context.get("study", context["title"]))
    pages = {f"{CONTEXTS}/{o.name}.md": context_page(o, profile, earlier, study).encode() for o in outputs}
    results = acro_results(
        tables,
        {output.name: (output.path, f"{CONTEXTS}/{output.name}.md") for output in outputs},
        {output.name: comments_of(context_lines(output, profile, earlier)) for output in outputs},
    )
    files = {
        MANIFEST: _json_bytes({"release": name_of_release(csvs), **_manifest(outputs, context, profile)}),
        RESULTS: _json_bytes(results),
        **csvs,
        **pages,
    }
    return files | checksum_files(files)


def name_of_release(files: Mapping[str, bytes]) -> str:
    """The name of a release: the beginning of the hash of its tables, so that the same tables are the same release."""
    return name_of_hashes({p: hashlib.sha256(files[p]).hexdigest() for p in files if p.startswith("tables/")})


def name_of_hashes(hashes: Mapping[str, str]) -> str:
    """The same of the SHA-256 of each table by its path."""
    told = "".join(f"{hashes[path]}  {path}\n" for path in sorted(hashes))
    return hashlib.sha256(told.encode()).hexdigest()[:_NAME_LENGTH]


def _read_profile(context: dict[str, Any]) -> Profile:
    missing = [key for key in ("title", "is_synthetic", "profile") if key not in context]
    if missing:
        raise DyadlinkError(f"the context lacks {', '.join(missing)}", where="release", mend="add it")
    profile = context["profile"]
    return profile if isinstance(profile, Profile) else get_profile(str(profile))


def _csv_bytes(table: pl.DataFrame) -> bytes:
    return table.write_csv(line_terminator="\n").encode("utf-8")


def _outputs(tables: dict[str, pl.DataFrame], csvs: dict[str, bytes], context: dict[str, Any]) -> list[Output]:
    shows = {**SHOWS, **context.get("shows", {})}
    return [
        Output(name, shows.get(name, DEFAULT_SHOWS), tables[name], path, hashlib.sha256(content).hexdigest())
        for path, content in csvs.items()
        for name in [Path(path).stem]
    ]


def _manifest(outputs: Sequence[Output], context: dict[str, Any], profile: Profile) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "package": "dyadlink",
        "package_version": __version__,
        "title": str(context["title"]),
        "study": str(context.get("study", context["title"])),
        "is_synthetic": bool(context["is_synthetic"]),
        "profile": profile.model_dump(),
        "statuses": STATUSES,
        "definitions": context.get("definitions", {}),
        "settings": context.get("settings", {}),
        "provenance": context.get("provenance", {}),
        "files": [
            {
                "path": output.path,
                "table": output.name,
                "shows": output.shows,
                "population": population_of(output.name, output.table.columns),
                "rows": output.table.height,
                "sha256": output.sha256,
            }
            for output in outputs
        ],
    }


def _json_bytes(told: dict[str, Any]) -> bytes:
    def plain(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise DyadlinkError(f"the context holds a {type(value).__name__}", where="manifest", mend="give plain values")

    text = json.dumps(told, indent=2, ensure_ascii=False, default=plain)
    return f"{text}\n".encode()
