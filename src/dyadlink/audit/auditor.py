"""All rules over one folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from dyadlink.audit.columns import Frame, remarks
from dyadlink.audit.contributions import contribution_findings
from dyadlink.audit.counts import CountTable, count_tables
from dyadlink.audit.curves import curve_findings
from dyadlink.audit.derived import derived_findings
from dyadlink.audit.earlier import change_findings, tables_of_ledger
from dyadlink.audit.figures import figure_findings
from dyadlink.audit.findings import Finding, gather
from dyadlink.audit.folder import read_folder
from dyadlink.audit.hidden import hidden_findings
from dyadlink.audit.identifiers import identifier_findings
from dyadlink.audit.joining import describe, nested_populations
from dyadlink.audit.models import model_findings
from dyadlink.audit.percents import percent_findings
from dyadlink.audit.persons import person_findings
from dyadlink.audit.shown import shown_findings
from dyadlink.audit.sums import find_sums
from dyadlink.audit.texts import text_findings
from dyadlink.ledger import Entry
from dyadlink.profiles import Profile


def audit_folder(directory: Path, profile: Profile, earlier: Sequence[Entry] = ()) -> list[Finding]:
    """What a reader of the folder could work out, file by file.

    Args:
        directory: The folder that is to leave.
        profile: The rules.
        earlier: What was released before.

    Raises:
        ConfigError: It is no folder, it holds no file, or a table in it is broken.
    """
    contents = read_folder(directory, profile)
    frames = [Frame(sheet) for _, content in contents for sheet in content.sheets]
    tables = [table for frame in frames if frame.shape == "counts" for table in count_tables(frame, profile)]
    parts: list[Iterator[Finding]] = []
    for file, content in contents:
        parts.append(iter(content.findings))
        for words in content.words:
            parts += [text_findings(words, profile), identifier_findings(file, words.place, words.text)]
        parts.append(figure_findings(file, content, frames))
    for frame in frames:
        parts += [check(frame, profile) for check in (shown_findings, derived_findings, model_findings, curve_findings)]
        parts += [contribution_findings(frame, profile), person_findings(frame)]
        parts += [text_findings(words, profile) for words in remarks(frame)]
    parts += [percent_findings(table, find_sums(table, {}), profile) for table in tables]
    parts += _together(tables, tables_of_ledger(earlier, profile), profile)
    return gather(chain.from_iterable(parts))


def _together(now: Sequence[CountTable], before: Sequence[CountTable], profile: Profile) -> list[Iterator[Finding]]:
    described, earlier = [describe(table) for table in now], [describe(table) for table in before]
    return [
        hidden_findings(described, earlier, profile),
        nested_populations(described, profile),
        change_findings(described, earlier, profile),
    ]
