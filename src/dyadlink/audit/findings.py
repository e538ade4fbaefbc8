"""One leak that was found, and the list of them in three forms.

The list is material for those inside: it says where to look and how narrow a hidden count is, and never repeats an
identifier or a hidden count.
"""

from __future__ import annotations

import csv
import io
import json
import textwrap
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
        places: How many places it stands for: more than one where those that are too many are counted.
    """

    file: str
    place: str
    rule: str
    detail: str = ""
    places: int = 1

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
        more = len(found) - MOST_OF_A_KIND
        if more > 0:
            told.append(Finding(file, f"{more} more {'place' if more == 1 else 'places'}", rule, places=more))
    return told


def values_left(width: int) -> str:
    """How many possible values of a count are left, in words."""
    return "to one value" if width <= 1 else f"to {width} possible values"


def as_text(findings: Sequence[Finding], width: int) -> str:
    """A paragraph for each rule that a file breaks, with the places below it, and a last line that counts by rule."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.file, finding.rule), []).append(finding)
    lines: list[str] = []
    told = ""
    for (file, code), found in groups.items():
        rule = BY_CODE[code]
        lines += _wrapped(file, "", width) if file != told else []
        told = file
        lines += _wrapped(f"{code} {rule.title}", "  ", width)
        lines += [*_wrapped(f"learns: {rule.learns}", "    ", width), *_wrapped(f"mend: {rule.mend}", "    ", width)]
        for one in found:
            lines += _wrapped(f"- {one.place}{f': {one.detail}' if one.detail else ''}", "    ", width)
        lines.append("")
    return "\n".join([*lines, *_wrapped(summary(findings), "", width), ""])


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, max(width, 40), initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )


def summary(findings: Sequence[Finding]) -> str:
    """How many findings, by rule: `11 findings in 3 files: A01 10, E03 1`; or that there are none."""
    if not findings:
        return "nothing found"
    kinds: dict[str, int] = {}
    for finding in findings:
        kinds[finding.rule] = kinds.get(finding.rule, 0) + finding.places
    n, files = sum(kinds.values()), len({finding.file for finding in findings})
    by_rule = ", ".join(f"{rule} {count}" for rule, count in sorted(kinds.items()))
    return f"{n} {'finding' if n == 1 else 'findings'} in {files} {'file' if files == 1 else 'files'}: {by_rule}"


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


def printed(findings: Sequence[Finding], form: str, width: int) -> str:
    """The list as `text` of that width, as `json` or as `csv`."""
    return {
        "text": lambda: as_text(findings, width),
        "json": lambda: as_json(findings),
        "csv": lambda: as_csv(findings),
    }[form]()
