"""The ledger of a study: every count that was ever released, so that the next release can be held against it.

One JSON object on each line, only ever added to. The hash of an entry covers the entry and the hash before it: an entry
that is changed, taken out or put in breaks the chain; only entries cut off at the end go unseen, so the last hash is
worth keeping elsewhere. It holds shown numbers alone, and stays inside all the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pydantic import Field, ValidationError

from dyadlink.errors import ConfigError, DyadlinkError
from dyadlink.section import Section

START = "0" * 64
"""Stands for the hash before the first entry."""


class ReleasedCount(Section):
    """A count of a release: who is counted, and what was shown."""

    table: str = Field(description="Released table (name of its file without ending).")
    variable: str = Field(description="What the level is a level of; `total` for everyone.")
    level: str = Field(description="Level counted; `total` for all of the variable.")
    group: str = Field("all", description="Column of the table: a sub-group, or `all`.")
    population: str = Field("", description="Who could be counted, in words.")
    n: int | None = Field(None, ge=0, description="Number shown; none where it was hidden.")
    status: str = Field(description="Status shown.")


class Entry(Section):
    """One release."""

    release: str = Field(min_length=1, description="Name of the release, once in a ledger.")
    date: date
    study: str = Field(min_length=1, description="Id of the study.")
    profile: str = Field(description="Name of the disclosure profile.")
    counts: tuple[ReleasedCount, ...] = Field(description="Every count of every table, hidden ones too.")
    files: dict[str, str] = Field(description="SHA-256 of each file by path.")


def read_ledger(path: Path, study: str | None = None) -> tuple[Entry, ...]:
    """The entries, the oldest first.

    Args:
        path: The ledger.
        study: Id of the study it must be of; none: whichever it is of.

    Raises:
        ConfigError: There is no such file, a line is no entry, the chain of hashes is broken, it tells of two studies
            or of another one, or names a release twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ConfigError("ledger not found", where=str(path), mend="give the path of the study's ledger") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"ledger cannot be read ({type(error).__name__})", where=str(path)) from None
    entries: list[Entry] = []
    before = START
    for number, line in enumerate(lines, start=1):
        entry, before = _read_line(line, before, f"{path}, line {number}")
        entries.append(entry)
    _check_study(entries, study, path)
    return tuple(entries)


def append_entry(path: Path, entry: Entry) -> str:
    """The hash of the entry, which then stands at the end of the ledger; the file is made if there is none.

    Raises:
        ConfigError: The ledger is broken or of another study, or holds a release of this name.
    """
    earlier = read_ledger(path, entry.study) if path.exists() else ()
    if entry.release in {one.release for one in earlier}:
        raise ConfigError(f"release '{entry.release}' stands in it", where=str(path), mend="name each release once")
    before = _last_hash(path) if earlier else START
    told = entry.model_dump(mode="json")
    own = _hash(told, before)
    line = json.dumps({**told, "previous": before, "hash": own}, ensure_ascii=False, sort_keys=True)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise DyadlinkError(f"the ledger cannot be written ({error.strerror})", where=str(path)) from None
    return own


def _last_hash(path: Path) -> str:
    return str(json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["hash"])


def _hash(told: dict[str, object], before: str) -> str:
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{plain}".encode()).hexdigest()


def _read_line(line: str, before: str, where: str) -> tuple[Entry, str]:
    try:
        told = json.loads(line)
        previous, own = told.pop("previous"), told.pop("hash")
        entry = Entry.model_validate(told)
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError):
        raise ConfigError("is no entry of a ledger", where=where, mend="restore the ledger from its copy") from None
    if previous != before or own != _hash(entry.model_dump(mode="json"), before):
        raise ConfigError(
            "the chain of hashes is broken: the ledger was changed",
            where=where,
            mend="restore the ledger from its copy",
        )
    return entry, own


def _check_study(entries: Sequence[Entry], study: str | None, path: Path) -> None:
    wanted = study or (entries[0].study if entries else None)
    if any(entry.study != wanted for entry in entries):
        raise ConfigError("the ledger is of another study", where=str(path), mend="give this study's own ledger")
    names = [entry.release for entry in entries]
    if len(set(names)) < len(names):
        raise ConfigError("a release stands in it twice", where=str(path), mend="restore the ledger from its copy")
