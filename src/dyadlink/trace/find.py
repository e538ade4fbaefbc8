"""What is asked for: a released file, a table or figure of the report, a stored table, or a whole release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dyadlink.disclosure.door import MANIFEST
from dyadlink.errors import DyadlinkError
from dyadlink.trace.released import CHANGED, UNCHANGED, ReleaseFolder, find_copy, open_release, state_of
from dyadlink.trace.report_items import find_item, name_of_item

_STORED = ("aggregate", "record_level")
_LIST = "dyadlink trace RELEASE lists what there is"


@dataclass(frozen=True)
class Asked:
    """What is to be traced.

    Args:
        kind: `release`, `released table`, `record of the release`, `report` or `stored table`.
        name: What it is called.
        release: The release that it is of; none where no release stands by a stored table.
        shows: What it shows.
        path: Its file, where one is asked for.
        state: Whether that is as it was made; none where nothing says so.
        tables: Released tables that it is made from.
        stored: Stored tables that it is, as `stage/table`.
    """

    kind: str
    name: str
    release: ReleaseFolder | None
    shows: str = ""
    path: str | None = None
    state: str | None = None
    tables: tuple[str, ...] = ()
    stored: tuple[str, ...] = field(default=())


def find(output: str, release: Path, stored: Sequence[str]) -> Asked:
    """What somebody asks for by a path or a name.

    Args:
        output: A path, the name of a released table, `Table 7`, `figure-03`, or the name of the release.
        release: The release, where the path does not say which.
        stored: Every table that a run stores, as `stage/table`.

    Raises:
        DyadlinkError: Nothing is known of it.
    """
    path = Path(output)
    if path.is_dir():
        return _whole(open_release(path if (path / MANIFEST).is_file() else path / "release"))
    if path.is_file():
        return _file(path, release, stored)
    if output not in stored and (path.suffix or "/" in output):
        raise DyadlinkError("no such file", where=output, mend="give the path of a file, or the name of a table")
    return _name(output, release, stored)


def _whole(release: ReleaseFolder) -> Asked:
    name = str(release.manifest["release"])
    return Asked("release", name, release, str(release.manifest.get("title", "")), tables=tuple(release.tables))


def _file(path: Path, release: Path, stored: Sequence[str]) -> Asked:
    here = path.resolve()
    folder = next((parent for parent in here.parents if (parent / MANIFEST).is_file()), None)
    if folder is not None:
        return _in_release(open_release(folder), here.relative_to(folder).as_posix())
    results = next((parent for parent in here.parents if (parent / "release" / MANIFEST).is_file()), None)
    place = here.relative_to(results).as_posix() if results else ""
    if results and place.startswith("report/"):
        return _of_report(here, open_release(results / "release"))
    table = _stored_name(here, stored)
    if table:
        of = open_release(results / "release") if results else None
        return Asked("stored table", table, of, "unrounded or of persons: for inside alone", str(path), stored=(table,))
    return _copy(path, open_release(release))


def _stored_name(path: Path, stored: Sequence[str]) -> str | None:
    """The table of a file among the results, as `stage/table`."""
    parts = path.with_suffix("").parts
    name = "/".join(parts[-2:])
    return name if name in stored and any(part in _STORED for part in parts) else None


def _in_release(release: ReleaseFolder, path: str) -> Asked:
    state = state_of(release, path)
    entry = release.files.get(path) or release.tables.get(_table_of(path))
    if entry is not None:
        shows = str(entry.get("shows", ""))
        kind = "released table" if path in release.files else "record of the release"
        return Asked(kind, str(entry["table"]), release, shows, path, state, (str(entry["table"]),))
    if (release.folder / "checksums" / f"{path}.txt").is_file():
        return Asked("record of the release", path, release, "", path, state, tuple(release.tables))
    raise DyadlinkError("no file of this release, though it stands in its folder", where=path, mend=_LIST)


def _table_of(path: str) -> str:
    """The released table whose context page or checksum this is."""
    name = path.rpartition("/")[2]
    return name.partition(".")[0] if path.startswith(("contexts/", "checksums/tables/", "checksums/contexts/")) else ""


def _of_report(path: Path, release: ReleaseFolder) -> Asked:
    name = name_of_item(path.stem)
    if name is None or path.parent.name not in {"tables", "figures"}:
        return Asked("report", path.name, release, "the whole report", path.as_posix(), tables=tuple(release.tables))
    item = find_item(name, release.folder)
    state = None
    if path.suffix == ".csv":
        state = UNCHANGED if path.read_bytes() == item.data.encode() else CHANGED
    return Asked("report", name, release, item.caption, path.as_posix(), state, item.tables)


def _copy(path: Path, release: ReleaseFolder) -> Asked:
    original = find_copy(release, path.read_bytes())
    if original is not None:
        found = release.files[original]
        return Asked("released table", found["table"], release, found["shows"], str(path), UNCHANGED, (found["table"],))
    if path.suffix == ".csv" and path.stem in release.tables:
        found = release.tables[path.stem]
        return Asked("released table", path.stem, release, found["shows"], str(path), CHANGED, (path.stem,))
    raise DyadlinkError(
        f"not known: no file of release {release.manifest['release']} has this content or this name",
        where=str(path),
        mend="name its release with --release; a file that was made from released ones cannot be traced by itself",
    )


def _name(output: str, release: Path, stored: Sequence[str]) -> Asked:
    if output in stored:
        of = open_release(release) if (release / MANIFEST).is_file() else None
        return Asked("stored table", output, of, "unrounded or of persons: for inside alone", stored=(output,))
    opened = open_release(release)
    if output == opened.manifest["release"]:
        return _whole(opened)
    if output in opened.tables:
        return _in_release(opened, str(opened.tables[output]["path"]))
    item = name_of_item(output)
    if item is not None:
        found = find_item(item, release)
        return Asked("report", item, opened, found.caption, tables=found.tables)
    raise DyadlinkError(f"not known in release {opened.manifest['release']}", where=output, mend=_LIST)
