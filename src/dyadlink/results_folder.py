"""The folder of a study's results: its format, what its links were made of, and whether identifiers were purged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dyadlink import __version__
from dyadlink.config import Config
from dyadlink.errors import ConfigError, DyadlinkError
from dyadlink.storage import write_json

FORMAT = 1
"""The format of results that this version writes and reads. A folder of an earlier version says none: 0."""
_FORMAT_FILE = "format.json"
_MADE_BY_A_RUN = ("aggregate", "release", "record_level/staging", "record_level/linkage", "record_level/cohort")
SETTINGS = Path("record_level/linkage/settings.json")
PURGED = Path("record_level/linkage/identifiers_purged.json")
STUDY_FIELDS = ("first_birth_date", "last_birth_date")
"""What the links depend on of the section `study`: the fields that the queries of workflow/sql/linkage name."""


def check_format(results: Path) -> None:
    """Nothing, if the folder is new, or of the format of this version.

    Raises:
        DyadlinkError: An earlier or a later version wrote it.
    """
    path = results / _FORMAT_FILE
    if not path.exists() and not any((results / name).is_dir() for name in _MADE_BY_A_RUN):
        return
    found, version = _format_of(path)
    if found == FORMAT:
        return
    another = "an earlier version" if found < FORMAT else f"version {version}" if version else "a later version"
    raise DyadlinkError(
        f"results of format {found}, written by {another}; this version ({__version__}) has format {FORMAT}",
        where=str(results),
        mend="move the folder aside (its ledger*.jsonl stays in its place) and run again, "
        "or use the version that wrote it",
    )


def write_format(results: Path) -> None:
    """Say in the folder of which format it is."""
    results.mkdir(parents=True, exist_ok=True)
    write_json(results / _FORMAT_FILE, {"format": FORMAT, "written_by": __version__})


def _format_of(path: Path) -> tuple[int, str]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return int(told["format"]), str(told.get("written_by", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0, ""


def settings_of_links(study: Mapping[str, Any], sources: Mapping[str, Any], linkage: Mapping[str, Any]) -> Any:
    """What links are made of, of a configuration's sections in plain values."""
    return {"study": {name: study[name] for name in STUDY_FIELDS}, "sources": dict(sources), "linkage": dict(linkage)}


def write_settings(results: Path, settings: Any) -> None:
    """Keep what the links were made of."""
    write_json(results / SETTINGS, settings)


def links_are_final(results: Path, config: Config) -> bool:
    """Whether identifiers were purged: the links then stand as they are, and are not made again.

    Raises:
        ConfigError: They were, and the configuration asks for other links.
    """
    if not (results / PURGED).exists():
        return False
    try:
        kept = json.loads((results / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    plain = config.model_dump(mode="json")
    differing = _first_difference(kept, settings_of_links(plain["study"], plain["sources"], plain["linkage"]))
    if differing:
        raise ConfigError(
            "identifiers were purged, and the links that stand were made under another value of this key",
            where=differing,
            mend=f"set it back, or bring the identifiers and delete {results / PURGED.parent} to link anew",
        )
    return True


def mark_purged(results: Path, day: str) -> None:
    """Say that identifiers are gone, and that links are made no more."""
    write_json(results / PURGED, {"purged": day})


def _first_difference(one: Any, other: Any, where: str = "") -> str:
    """The first key whose values differ; empty where none does."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            found = _first_difference(one.get(key), other.get(key), f"{where}.{key}" if where else str(key))
            if found:
                return found
        return ""
    return "" if one == other else where
