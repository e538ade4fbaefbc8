"""The release of a study as one transaction: whole, audited and in the ledger, or not there.

The order of steps, and what a run that ends between two of them leaves:

1. What an earlier run released is taken out of its place. From here on there is no release until there is the new one.
2. Tables are protected, knowing what earlier releases told; all files are written aside and audited there.
3. The underlying counts are moved in place: they stay inside.
4. The release is entered in the ledger. If the run ends here, the ledger knows a release that nobody has: careful, and
   the same run again finds itself in the ledger, enters nothing, and goes on.
5. The folder is moved in place, by one rename. A release that stands there is therefore whole, audited and entered.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from dyadlink.config import Config
from dyadlink.disclosure.door import name_of_release, release_files
from dyadlink.disclosure.earlier import digest_of_inputs, released_counts, told_before
from dyadlink.disclosure.folder import clear_place, drop_aside, move_in_place, plain_errors, write_aside
from dyadlink.disclosure.protect import protect_all, study_of
from dyadlink.disclosure.underlying import underlying_files
from dyadlink.errors import DyadlinkError
from dyadlink.ledger import START, Entry, append_entry, read_lines, standing
from dyadlink.profiles import get_profile

Audit = Callable[[Path, Sequence[Entry]], tuple[list[str], str]]
"""Attacks a folder with the earlier releases at hand: the file of each finding, and the list as it is to be read."""
Aggregates = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Places:
    """Where things go.

    Args:
        release: Folder of the release.
        underlying: Folder of the unrounded counts behind it.
        findings: File for the list of what the audit found.
    """

    release: Path
    underlying: Path
    findings: Path


@dataclass(frozen=True)
class Made:
    """A release that is made and stands nowhere yet."""

    tables: dict[str, pl.DataFrame]
    files: dict[str, bytes]
    earlier: tuple[Entry, ...]

    @property
    def name(self) -> str:
        """Of the release, in the ledger."""
        return name_of_release(self.files)


def release_study(aggregate: Aggregates, config: Config, context: dict[str, Any], places: Places, audit: Audit) -> str:
    """The name of the release, which then stands in place and in the ledger.

    Args:
        aggregate: Unrounded tables by name.
        config: The configuration of the study.
        context: What a reader is told of the study; see `build_context`.
        places: Where things go.
        audit: What attacks the release before it stands anywhere.

    Raises:
        DyadlinkError: There is nothing to release; the audit found something; the ledger is broken or of another study;
            a folder holds other files; something cannot be written; and whatever protecting raises.
            There is then no release.
    """
    clear_place(places.release)
    # Snakemake puts a file of its own into a folder that a rule makes.
    clear_place(places.underlying, ("*.csv", ".snakemake_timestamp"))
    places.findings.unlink(missing_ok=True)
    lines = read_lines(config.ledger, config.study_id) if config.ledger.exists() else ()
    inputs = digest_of_inputs(aggregate, config.disclosure.rules)
    made = _make_with(standing(line for line, _ in lines), inputs, aggregate, config, context)
    if not made.tables:
        raise DyadlinkError("no table holds a row", where="release", mend="see why nobody is counted, and run again")
    try:
        _check(write_aside(made.files, places.release), made.earlier, audit, places.findings)
        unrounded = underlying_files(aggregate, made.tables)
        write_aside(unrounded, places.underlying, file_mode=0o600)
        move_in_place(places.underlying, mode=0o700)
        if made.name not in {entry.release for entry in standing(line for line, _ in lines)}:
            after = lines[-1][1] if lines else START
            append_entry(config.ledger, _entry(made, aggregate, config, inputs), after)
        move_in_place(places.release)
    finally:
        drop_aside(places.release)
        drop_aside(places.underlying)
    return made.name


def _make_with(
    entries: Sequence[Entry], inputs: str, aggregate: Aggregates, config: Config, context: dict[str, Any]
) -> Made:
    """The release; what was made of the same inputs before is the same release, and those after it came after it."""
    again = next((place for place, entry in enumerate(entries) if entry.inputs == inputs), None)
    if again is not None:
        made = _make(entries[:again], aggregate, config, context)
        if made.name == entries[again].release:
            return made
    # Of the same inputs by other rules or code: another release, and the earlier one is one that others may have.
    return _make(entries, aggregate, config, context)


def _make(earlier: Sequence[Entry], aggregate: Aggregates, config: Config, context: dict[str, Any]) -> Made:
    rules = config.disclosure.rules
    own = {name: get_profile(name, config.disclosure.profiles) for name in config.disclosure.profiles}
    tables = protect_all(dict(aggregate), rules, told_before(earlier, rules, own))
    return Made(tables, release_files(tables, context, earlier), tuple(earlier))


def _check(aside: Path, earlier: Sequence[Entry], audit: Audit, findings: Path) -> None:
    """Nothing, if the audit finds nothing.

    Raises:
        DyadlinkError: It finds something; the list then stands in a file of its owner's alone.
    """
    files, told = audit(aside, earlier)
    if not files:
        return
    with plain_errors(findings):
        findings.parent.mkdir(parents=True, exist_ok=True)
        findings.unlink(missing_ok=True)
        with os.fdopen(os.open(findings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(told)
    most = max(sorted(set(files)), key=files.count)
    # Some leaks are of both releases together.
    withdrawn = "; if an earlier release never left, `dyadlink ledger withdraw` it" if earlier else ""
    raise DyadlinkError(
        f"the audit found {len(files)} leak(s), most of them in {most}; nothing is released",
        where="release",
        mend=f"read {findings} (for you alone: it says where to attack){withdrawn}",
    )


def _entry(made: Made, aggregate: Aggregates, config: Config, inputs: str) -> Entry:
    return Entry(
        release=made.name,
        date=date.today(),  # the day on the clock of whoever releases
        study=config.study_id,
        profile=config.disclosure.profile,
        inputs=inputs,
        counts=released_counts(made.tables, study_of(dict(aggregate))),
        files={path: hashlib.sha256(made.files[path]).hexdigest() for path in made.files if path.startswith("tables/")},
    )
