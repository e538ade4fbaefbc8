"""All rules over one folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from dyadlink.audit.columns import Frame, remarks
from dyadlink.audit.confidence import confidence_findings
from dyadlink.audit.contributions import contribution_findings
from dyadlink.audit.counts import count_tables
from dyadlink.audit.curves import curve_findings
from dyadlink.audit.derived import derived_findings
from dyadlink.audit.earlier import change_findings, tables_of_ledger
from dyadlink.audit.figures import figure_findings
from dyadlink.audit.findings import Finding, gather
from dyadlink.audit.folder import read_folder
from dyadlink.audit.hidden import hidden_findings
from dyadlink.audit.identifiers import identifier_findings
from dyadlink.audit.joining import Described, describe, nested_populations
from dyadlink.audit.models import model_findings
from dyadlink.audit.percents import percent_findings
from dyadlink.audit.persons import person_findings
from dyadlink.audit.populations import told_populations
from dyadlink.audit.shares import share_findings
from dyadlink.audit.shown import shown_findings
from dyadlink.audit.sums import find_sums
from dyadlink.audit.texts import text_findings
from dyadlink.ledger import Entry
from dyadlink.profiles import Profile

WITH_EARLIER = "A07"
"""The rule that says what two releases tell together and neither tells alone."""

_CHECKS = (
    shown_findings,
    derived_findings,
    confidence_findings,
    model_findings,
    curve_findings,
    contribution_findings,
)
"""What looks at one table by itself."""


def audit_folder(directory: Path, profile: Profile, earlier: Sequence[Entry] = ()) -> list[Finding]:
    """What a reader of the folder could work out, file by file.

    Args:
        directory: The folder that is to leave.
        profile: The rules.
        earlier: What was released before.

    Raises:
        ConfigError: It is no folder, or it holds nothing.
    """
    contents = read_folder(directory, profile)
    frames = [Frame(sheet) for _, content in contents for sheet in content.sheets]
    described = _describe(frames, directory, profile)
    parts: list[Iterator[Finding]] = []
    for file, content in contents:
        parts.append(iter(content.findings))
        for words in content.words:
            parts += [text_findings(words, profile), identifier_findings(file, words.place, words.text)]
        parts.append(figure_findings(file, content, frames))
    for frame in frames:
        parts += [check(frame, profile) for check in _CHECKS]
        parts += [share_findings(frame, described, profile), person_findings(frame)]
        parts += [text_findings(words, profile) for words in remarks(frame)]
    parts += [percent_findings(one.table, find_sums(one.table, {}), profile) for one in described]
    parts += _together(described, earlier, profile)
    return gather(chain.from_iterable(parts))


def audit_against(directory: Path, profile: Profile, earlier: Sequence[Entry]) -> list[Finding]:
    """Those findings of `audit_folder` that are of a count together with what was released before.

    Args:
        directory: The folder that is to leave.
        profile: The rules.
        earlier: What was released before.

    Raises:
        ConfigError: It is no folder, or it holds nothing.
    """
    frames = [Frame(sheet) for _, content in read_folder(directory, profile) for sheet in content.sheets]
    described = _describe(frames, directory, profile)
    parts = _together(described, earlier, profile)
    return [finding for finding in gather(chain.from_iterable(parts)) if finding.rule == WITH_EARLIER]


def _describe(frames: Sequence[Frame], directory: Path, profile: Profile) -> list[Described]:
    people = told_populations(directory)
    return [
        describe(replace(table, population=people.get(table.file, "")))
        for frame in frames
        if frame.shape == "counts"
        for table in count_tables(frame, profile)
    ]


def _together(now: Sequence[Described], earlier: Sequence[Entry], profile: Profile) -> list[Iterator[Finding]]:
    before = [describe(table) for table in tables_of_ledger(earlier, profile)]
    return [
        hidden_findings(now, before, profile),
        nested_populations(now, profile),
        change_findings(now, before, profile),
    ]
