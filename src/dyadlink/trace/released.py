"""A release folder as its own records tell it, and whether its files are those that were released."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dyadlink.disclosure.door import MANIFEST, name_of_hashes
from dyadlink.errors import DyadlinkError

UNCHANGED, CHANGED, MISSING = "unchanged", "changed", "missing"
_HASH_FILES = "checksums"
_COUNTS = "counts"
_WORKED_OUT: Final[Mapping[str, tuple[str, ...]]] = {
    "e_values": ("estimates", "marginal_risks"),
    "linkage_accuracy_rates": ("linkage_accuracy",),
    "movement_shares": ("transitions",),
    "standardised_differences": (_COUNTS,),
}
"""Released tables that are worked out from other released ones, and the unrounded tables those are of."""


@dataclass(frozen=True)
class ReleaseFolder:
    """A release folder.

    Args:
        folder: Where it is.
        manifest: What its manifest.json holds.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def files(self) -> Mapping[str, Mapping[str, Any]]:
        """What the manifest says of each released table, by the path of its file."""
        return {str(entry["path"]): entry for entry in self.manifest["files"]}

    @property
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """The same by the table's name."""
        return {str(entry["table"]): entry for entry in self.manifest["files"]}


def open_release(folder: Path) -> ReleaseFolder:
    """The release in a folder.

    Raises:
        DyadlinkError: There is no manifest of a release.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        read = ReleaseFolder(folder, manifest)
        is_one = {"release", "package_version", "profile"} <= manifest.keys() and bool(read.tables) and bool(read.files)
        is_one = is_one and all(isinstance(entry["sha256"], str) for entry in manifest["files"])
    except FileNotFoundError:
        raise DyadlinkError("no manifest.json here", where=str(folder), mend="name the folder with --release") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        is_one = False
    if not is_one:
        raise DyadlinkError("not the manifest of a release", where=str(path), mend="bring the release as it was made")
    return read


def state_of(release: ReleaseFolder, path: str) -> str:
    """Whether a file is as it was released: `unchanged`, `changed` or `missing`.

    A table is held against the manifest and its checksum, any other file against its checksum.
    """
    content = _content(release.folder / path)
    if content is None:
        return MISSING
    told = {str(release.files[path]["sha256"])} if path in release.files else set()
    beside = _content(release.folder / _HASH_FILES / f"{path}.txt")
    told |= {"" if beside is None else beside.decode("ascii", "replace").strip()}
    return UNCHANGED if told == {hashlib.sha256(content).hexdigest()} else CHANGED


def faults_of(release: ReleaseFolder) -> list[str]:
    """What is wrong with the folder as a whole, a sentence for each thing; empty where it is as it was released."""
    found = []
    hashes = {path: str(entry["sha256"]) for path, entry in release.files.items()}
    if name_of_hashes(hashes) != release.manifest["release"]:
        found.append(f"{MANIFEST}: its list of tables is not that of release {release.manifest['release']}")
    here = release.folder / _HASH_FILES
    with_hash = {path.relative_to(here).as_posix().removesuffix(".txt") for path in here.rglob("*.txt")}
    for path in sorted(with_hash | set(release.files)):
        state = state_of(release, path)
        if state != UNCHANGED:
            found.append(f"{path}: {'missing' if state == MISSING else 'changed since it was released'}")
    every = {path.relative_to(release.folder).as_posix() for path in release.folder.rglob("*") if path.is_file()}
    known = with_hash | set(release.files) | {f"{_HASH_FILES}/{path}.txt" for path in with_hash}
    found += [f"{path}: not part of the release" for path in sorted(every - known)]
    return found


def find_copy(release: ReleaseFolder, content: bytes) -> str | None:
    """The path of the released table whose content this is; none where it is of none."""
    digest = hashlib.sha256(content).hexdigest()
    return next((path for path, entry in release.files.items() if entry["sha256"] == digest), None)


def unrounded_tables(table: str, aggregates: Iterable[str]) -> tuple[str, ...]:
    """The unrounded tables that a released one is of, by the names of their files in results/aggregate.

    Args:
        table: Name of the released table.
        aggregates: Names of the unrounded tables that a release is made of.
    """
    if table in _WORKED_OUT:
        return _WORKED_OUT[table]
    return (table,) if table in set(aggregates) else (_COUNTS,)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
