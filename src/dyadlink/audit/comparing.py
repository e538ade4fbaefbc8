"""Two releases side by side: what came, what went, what changed, and whether the difference itself discloses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from dyadlink.audit.auditor import audit_against
from dyadlink.audit.findings import Finding
from dyadlink.errors import ConfigError
from dyadlink.ledger import Entry
from dyadlink.profiles import Profile
from dyadlink.released_counts import MEASURES, counts_of

_NUMBER = r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$"
_NAMING = {"level", "group", "reference", "return_year", "order", "time_days", "horizon_days", "landmark_days"}
"""Columns that say which row it is, also where they hold digits."""
_TEXTS = {"label", "title", "note"}


@dataclass(frozen=True, order=True)
class Change:
    """Something that is not the same in both releases.

    Args:
        file: Path within the folders.
        place: Labels of the row; empty for a file.
        kind: `file_came`, `file_went`, `row_came`, `row_went`, `status`, `number` or `text`.
        column: Of the row.
        before: What stands in the first release; empty where nothing does.
        after: What stands in the second.
    """

    file: str
    place: str
    kind: str
    column: str = ""
    before: str = ""
    after: str = ""


def compare_releases(before: Path, after: Path) -> list[Change]:
    """What changed between the tables of two folders, file by file, in the order of the second one's rows.

    Raises:
        ConfigError: One is no folder, or a table in it is broken.
    """
    old, new = _tables(before), _tables(after)
    changes = [Change(file, "", "file_went") for file in sorted(old.keys() - new.keys())]
    for file in sorted(new):
        changes += _of_table(file, old[file], new[file]) if file in old else [Change(file, "", "file_came")]
    return changes


def disclosed_by_difference(before: Path, after: Path, profile: Profile) -> list[Finding]:
    """What a reader of both releases can work out, and a reader of either cannot: of the cells of both.

    Args:
        before: Folder of the first release.
        after: Folder of the second.
        profile: The rules.

    Raises:
        ConfigError: See `audit_folder`.
    """
    pairs = ((after, before, "first"), (before, after, "second"))
    findings = [
        finding
        for audited, known, name in pairs
        for finding in audit_against(audited, profile, [_as_entry(known, name, profile)])
    ]
    return list(dict.fromkeys(findings))


def _as_entry(directory: Path, name: str, profile: Profile) -> Entry:
    counts = [
        count
        for file, table in _tables(directory).items()
        for count in counts_of(
            Path(file).stem, table.with_columns(pl.col(c).cast(pl.Int64, strict=False) for c in _measures(table))
        )
    ]
    return Entry(release=name, date=date.min, study="compared", profile=profile.name, counts=tuple(counts), files={})


def _measures(table: pl.DataFrame) -> list[str]:
    return [name for name in MEASURES if name in table.columns]


def _tables(directory: Path) -> dict[str, pl.DataFrame]:
    """Every CSV below the folder, as text, by its path."""
    if not directory.is_dir():
        raise ConfigError("is not a folder", where=str(directory), mend="name the folder of a release")
    found = {}
    for path in sorted(directory.rglob("*.csv")):
        try:
            found[path.relative_to(directory).as_posix()] = pl.read_csv(path, infer_schema=False)
        except (PolarsError, OSError) as error:
            raise ConfigError(
                f"is no CSV ({type(error).__name__})", where=str(path), mend="write the table again"
            ) from None
    if not found:
        raise ConfigError("holds no table", where=str(directory), mend="name the folder of a release")
    return found


def _of_table(file: str, old: pl.DataFrame, new: pl.DataFrame) -> Iterator[Change]:
    keys = [
        column
        for column in new.columns
        if column in old.columns and column not in {"status", *_TEXTS} and not _is_of_numbers(old, new, column)
    ]
    rest = [column for column in dict.fromkeys([*new.columns, *old.columns]) if column not in keys]
    before, after = _by_key(old, keys), _by_key(new, keys)
    for key in before.keys() - after.keys():
        yield Change(file, key, "row_went")
    for key, row in after.items():
        if key not in before:
            yield Change(file, key, "row_came")
            continue
        for column in rest:
            was, now = before[key].get(column) or "", row.get(column) or ""
            if was != now:
                kind = "status" if column == "status" else "text" if column in _TEXTS else "number"
                yield Change(file, key, kind, column, was, now)


def _is_of_numbers(old: pl.DataFrame, new: pl.DataFrame, column: str) -> bool:
    values = pl.concat([old[column], new[column]]).drop_nulls()
    return column not in _NAMING and bool(values.str.contains(_NUMBER).all())


def _by_key(table: pl.DataFrame, keys: Sequence[str]) -> dict[str, dict[str, str]]:
    """Each row by its labels in words; rows of the same labels are told apart by their number."""
    found: dict[str, dict[str, str]] = {}
    for row in table.iter_rows(named=True):
        words = ", ".join(f"{key}={row[key]}" for key in keys if row[key]) or "row"
        place, number = words, 1
        while place in found:
            number += 1
            place = f"{words} ({number})"
        found[place] = row
    return found
