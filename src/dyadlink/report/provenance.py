"""Where the report comes from: version, settings, seeds and hashes; never a machine, a person or a path of one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from dyadlink import __version__
from dyadlink.report import labels
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Part, Row, Table

_KNOWN = {
    "code_version": "Version of the code",
    "lock_sha256": "SHA-256 of the locked environment",
    "config_sha256": "SHA-256 of the configuration",
    "inputs_sha256": "SHA-256 of the files read",
    "python_version": "Version of Python",
    "seed": "Seed of the synthetic records",
}
_NOT_RECORDED = "not recorded in this release"


def build_provenance(release: Release) -> list[Part]:
    """One part: what is known of the release's origin, its settings, and every released file with its hash."""
    manifest = release.manifest
    told = manifest.get("provenance")
    origin: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    settings = manifest.get("settings", {})
    seeds = "; ".join(f"{place} {seed}" for place, seed in _seeds(settings))
    terms = [
        ("Software", f"{manifest.get('package', 'dyadlink')} {manifest['package_version']}"),
        ("Release format", str(manifest.get("format_version", _NOT_RECORDED))),
        ("Records", "synthetic" if release.is_synthetic else "real"),
        ("SHA-256 of the settings below", hashlib.sha256(written(settings).encode()).hexdigest()),
        ("Seeds in the settings", seeds or _NOT_RECORDED),
        *((words, _plain(origin.get(key))) for key, words in _KNOWN.items() if key != "seed" or key in origin),
        *((labels.plain(key), _plain(value)) for key, value in origin.items() if key not in _KNOWN),
    ]
    rows = tuple(
        Row(
            str(file["path"]), (Cell(str(file.get("shows", ""))), Cell(str(file.get("rows", ""))), Cell(file["sha256"]))
        )
        for file in manifest["files"]
    )
    table = Table("", "Released files", ("File", "Shows", "Rows", "SHA-256"), rows, is_text=True)
    words = () if manifest["package_version"] == __version__ else (_other_version(manifest["package_version"]),)
    return [Part("", words, terms=tuple(terms), folded=(Part("Released files and their hashes", tables=(table,)),))]


def written(settings: Mapping[str, Any]) -> str:
    """The settings as JSON text, the same for the same settings."""
    return json.dumps(settings, indent=2, ensure_ascii=False, sort_keys=True)


def _other_version(version: str) -> str:
    return f"The release was written by version {version}, and this report by version {__version__}."


def _seeds(settings: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, int]]:
    for key, value in settings.items():
        if key == "seed" and isinstance(value, int):
            yield place.strip() or "run", value
        elif isinstance(value, Mapping):
            yield from _seeds(value, f"{place} {key}")


def _plain(value: object) -> str:
    if value is None or value == "":
        return _NOT_RECORDED
    if isinstance(value, Mapping):
        return "; ".join(f"{labels.plain(key)}: {_plain(each)}" for key, each in value.items())
    return ", ".join(_plain(each) for each in value) if isinstance(value, list) else str(value)
