"""One leak that was found, and the list of them in three forms.

The list is material for those inside: it says where to look and how narrow a hidden count is, and never repeats an
identifier or a hidden count.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from dyadlink.audit.rules import BY_CODE

MOST_OF_A_KIND = 25
"""So many findings of one rule in one file are told one by one; the others are counted."""


@dataclass(frozen=True, order=True)
class Finding:
    """A leak.

    Args:
        file: Path within the folder.
        place: Cell, line or part of the file; no value of a person.
        rule: Code, see `dyadlink.audit.rules`.
        detail: What is special of this case, as how narrow a count is; empty where the rule says all.
    """

    file: str
    place: str
    rule: str
    detail: str = ""

    @property
    def learns(self) -> str:
        """What an attacker learns, in words."""
        words = BY_CODE[self.rule].learns
        return f"{words} ({self.detail})" if self.detail else words


def gather(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, in the order of file, rule and discovery; what is too many of a kind is counted."""
    unique = list(dict.fromkeys(findings))
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in unique:
        kinds.setdefault((finding.file, finding.rule), []).append(finding)
    told = []
    for (file, rule), found in sorted(kinds.items()):
        told += found[:MOST_OF_A_KIND]
        if len(found) > MOST_OF_A_KIND:
            told.append(Finding(file, f"{len(found) - MOST_OF_A_KIND} more places", rule))
    return told


def as_text(findings: Sequence[Finding]) -> str:
    """A paragraph for each finding."""
    if not findings:
        return "nothing found\n"
    parts = [
        f"{f.file}: {f.place}\n  {f.rule} {BY_CODE[f.rule].title}\n  learns: {f.learns}\n"
        f"  mend: {BY_CODE[f.rule].mend}\n"
        for f in findings
    ]
    return "\n".join([*parts, f"{len(findings)} finding(s)\n"])


def as_json(findings: Sequence[Finding]) -> str:
    """A list of objects."""
    return json.dumps([_row(finding) for finding in findings], indent=2, ensure_ascii=False) + "\n"


def as_csv(findings: Sequence[Finding]) -> str:
    """One line for each finding."""
    out = io.StringIO()
    writer = csv.DictWriter(out, ["file", "place", "rule", "title", "learns", "mend"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row(finding) for finding in findings)
    return out.getvalue()


def _row(finding: Finding) -> dict[str, str]:
    rule = BY_CODE[finding.rule]
    told = asdict(finding) | {"title": rule.title, "learns": finding.learns, "mend": rule.mend}
    return {name: told[name] for name in ("file", "place", "rule", "title", "learns", "mend")}


FORMATS = {"text": as_text, "json": as_json, "csv": as_csv}
"""How to print the list, by name."""
