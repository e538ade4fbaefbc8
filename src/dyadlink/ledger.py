"""The ledger of a study: every count that was ever released, so that the next release can be held against it.

One JSON object on each line, only ever added to. The hash of a line covers the line and the hash before it: a line that
is changed, taken out or put in breaks the chain; only lines cut off at the end go unseen, so the last hash is worth
keeping elsewhere. A last line without its end was being written when the run was killed: it never counted. The ledger
holds shown numbers alone, and stays inside all the same.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from pydantic import Field, ValidationError

from dyadlink.errors import ConfigError, DyadlinkError
from dyadlink.section import Section

START = "0" * 64
"""Stands for the hash before the first line."""


class ReleasedCount(Section):
    """A count of a release: who is counted, and what was shown."""

    table: str = Field(description="Released table (name of its file without ending).")
    variable: str = Field(description="What the level is a level of; `total` for everyone.")
    level: str = Field(description="Level counted; `total` for all of the variable.")
    group: str = Field("all", description="Column of the table: a sub-group, or `all`.")
    measure: str = Field("n", description="Column of the table that holds the number.")
    population: str = Field("", description="Who could be counted, in words.")
    people: str = Field("", description="Who is counted, in words that are the same wherever the same people stand.")
    n: int | None = Field(None, ge=0, description="Number shown; none where it was hidden.")
    status: str = Field(description="Status shown.")


class Entry(Section):
    """One release."""

    release: str = Field(min_length=1, description="Name of the release, once in a ledger.")
    date: date
    study: str = Field(min_length=1, description="Id of the study.")
    profile: str = Field(description="Name of the disclosure profile.")
    inputs: str = Field("", description="SHA-256 of what the release was made of; empty where it is not known.")
    counts: tuple[ReleasedCount, ...] = Field(description="Every count of every table, hidden ones too.")
    files: dict[str, str] = Field(description="SHA-256 of each file by path.")


class Withdrawal(Section):
    """A release that stands further up never left: it tells nobody anything."""

    withdraws: str = Field(min_length=1, description="Name of the release.")
    date: date
    study: str = Field(min_length=1, description="Id of the study.")
    reason: str = Field("", description="Why, in the words of whoever withdrew it.")


Line = Entry | Withdrawal


def read_ledger(path: Path, study: str | None = None) -> tuple[Entry, ...]:
    """The releases that stand, the oldest first; those that were withdrawn are left out.

    Args:
        path: The ledger.
        study: Id of the study it must be of; none: whichever it is of.

    Raises:
        ConfigError: There is no such file, a line is no entry, the chain of hashes is broken, it tells of two studies
            or of another one, names a release twice or withdraws one that does not stand.
    """
    return standing(line for line, _ in read_lines(path, study))


def read_lines(path: Path, study: str | None = None) -> tuple[tuple[Line, str], ...]:
    """Every line, the oldest first, each with its hash.

    Args:
        path: The ledger.
        study: Id of the study it must be of; none: whichever it is of.

    Raises:
        ConfigError: See `read_ledger`.
    """
    try:
        whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    except FileNotFoundError:
        raise ConfigError("ledger not found", where=str(path), mend="give the path of the study's ledger") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"ledger cannot be read ({type(error).__name__})", where=str(path)) from None
    lines: list[tuple[Line, str]] = []
    before = START
    for number, text in enumerate(whole.split("\n") if whole else (), start=1):
        line, before = _read_line(text, before, f"{path}, line {number}")
        lines.append((line, before))
    _check([line for line, _ in lines], study, path)
    return tuple(lines)


def standing(lines: Iterable[Line]) -> tuple[Entry, ...]:
    """The releases among the lines that were not withdrawn, the oldest first."""
    found: dict[str, Entry] = {}
    for line in lines:
        if isinstance(line, Withdrawal):
            found.pop(line.withdraws, None)
        else:
            found[line.release] = line
    return tuple(found.values())


def names_release(path: Path, release: str) -> bool:
    """Whether a release of this name stands in the ledger; the ledger is looked through and not checked."""
    if not path.is_file():
        return False
    added, withdrawn = (f'"{key}": "{release}"' for key in ("release", "withdraws"))
    stands = False
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            stands = added in line or (stands and withdrawn not in line)
    return stands


def append_entry(path: Path, entry: Entry, after: str | None = None) -> str:
    """The hash of the entry, which then stands at the end of the ledger; the file is made if there is none.

    Args:
        path: The ledger.
        entry: The release.
        after: Hash of the line that must be the last one; none: whichever it is.

    Raises:
        ConfigError: The ledger is broken or of another study, holds a release of this name, or has grown.
        DyadlinkError: It cannot be written; it is then as it was.
    """
    with _alone(path) as file:
        earlier = read_ledger(path, entry.study)
        if entry.release in {one.release for one in earlier}:
            raise ConfigError(f"release '{entry.release}' stands in it", where=str(path), mend="name each release once")
        return _append(path, file, entry, after)


def withdraw(path: Path, release: str, day: date, reason: str = "") -> str:
    """The hash of the line that says that a release never left.

    Raises:
        ConfigError: The ledger is missing or broken, or no such release stands in it.
        DyadlinkError: It cannot be written; it is then as it was.
    """
    read_ledger(path)
    with _alone(path) as file:
        found = {entry.release: entry for entry in read_ledger(path)}
        if release not in found:
            known = ", ".join(found) or "none"
            raise ConfigError(f"no release '{release}' stands in it", where=str(path), mend=f"name one of: {known}")
        line = Withdrawal(withdraws=release, date=day, study=found[release].study, reason=reason)
        return _append(path, file, line, None)


def last_hash(path: Path) -> str:
    """The hash of the last line; `START` where there is none."""
    lines = read_lines(path) if path.exists() else ()
    return lines[-1][1] if lines else START


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """The ledger, open and closed to every other writer from the look at its last line until the next one stands.

    It is made where there is none. A drive that knows no locks goes without: the chain of hashes is held against what
    was read all the same.
    """
    with _told_plainly(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}:
                raise
        yield file
    finally:
        os.close(file)  # and with it the lock


@contextmanager
def _told_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DyadlinkError(
            f"the ledger cannot be written ({error.strerror})", where=str(path), mend="make room, or let it be written"
        ) from None


def _append(path: Path, file: int, line: Line, after: str | None) -> str:
    before = last_hash(path)
    if after is not None and before != after:
        raise ConfigError("another release was added meanwhile", where=str(path), mend="run again")
    told = line.model_dump(mode="json")
    own = _hash(told, before)
    text = json.dumps({**told, "previous": before, "hash": own}, ensure_ascii=False, sort_keys=True)
    with _told_plainly(path):
        # What a killed run left of a line goes first.
        _write_at_end(file, path.read_bytes().rfind(b"\n") + 1, f"{text}\n".encode())
    return own


def _write_at_end(file: int, whole: int, content: bytes) -> None:
    os.ftruncate(file, whole)
    try:
        os.lseek(file, whole, os.SEEK_SET)
        while content:
            content = content[os.write(file, content) :]
        os.fsync(file)
    except OSError:
        os.ftruncate(file, whole)
        raise


def _hash(told: dict[str, object], before: str) -> str:
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{plain}".encode()).hexdigest()


def _read_line(text: str, before: str, where: str) -> tuple[Line, str]:
    try:
        told = json.loads(text)
        previous, own = told.pop("previous"), told.pop("hash")
        kind = Withdrawal if "withdraws" in told else Entry
        line = kind.model_validate(told)
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError):
        raise ConfigError("is no entry of a ledger", where=where, mend="restore the ledger from its copy") from None
    if previous != before or own != _hash(told, before):
        raise ConfigError(
            "the chain of hashes is broken: the ledger was changed",
            where=where,
            mend="restore the ledger from its copy",
        )
    return line, own


def _check(lines: Sequence[Line], study: str | None, path: Path) -> None:
    wanted = study or (lines[0].study if lines else None)
    if any(line.study != wanted for line in lines):
        raise ConfigError("the ledger is of another study", where=str(path), mend="give this study's own ledger")
    names: set[str] = set()
    for line in lines:
        if isinstance(line, Entry):
            if line.release in names:
                raise ConfigError(
                    "a release stands in it twice", where=str(path), mend="restore the ledger from its copy"
                )
            names.add(line.release)
        elif line.withdraws in names:
            names.remove(line.withdraws)
        else:
            raise ConfigError(
                "it withdraws a release that does not stand in it",
                where=str(path),
                mend="restore the ledger from its copy",
            )
