"""The command `dyadlink diff-release`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dyadlink.errors import ConfigError

if TYPE_CHECKING:
    from dyadlink.audit.comparing import Change
    from dyadlink.audit.findings import Finding
    from dyadlink.profiles import Profile

MOST_OF_A_FILE = 20
"""So many changes of one file are told one by one as text."""


def add_command(commands: Any) -> None:
    """Add `diff-release`.

    Args:
        commands: What `add_subparsers` returned.
    """
    diff = commands.add_parser(
        "diff-release",
        help="show what changed between two releases, and whether the difference itself discloses",
        description="Hold two releases of a study side by side: tables and rows that came or went, statuses and "
        "numbers that changed. Then attack both together, as a reader of both would. Ends with 0 where the difference "
        "discloses nothing, 1 where it does, 2 where they could not be compared.",
    )
    diff.add_argument("before", metavar="A", type=Path, help="folder of the earlier release")
    diff.add_argument("after", metavar="B", type=Path, help="folder of the later one")
    diff.add_argument("--profile", help="disclosure profile (default: the one in the manifest of B)")
    diff.add_argument("--format", choices=("text", "json"), default="text", help="how to print it (default: text)")
    diff.set_defaults(run=_diff)


def _diff(options: argparse.Namespace) -> int:
    from dyadlink.audit.comparing import compare_releases, disclosed_by_difference  # noqa: PLC0415  # loads the solver

    changes = compare_releases(options.before, options.after)
    profile = _profile(options.profile, options.after)
    findings = disclosed_by_difference(options.before, options.after, profile)
    print((_as_json if options.format == "json" else _as_text)(changes, findings), end="")
    return 1 if findings else 0


def _profile(name: str | None, directory: Path) -> Profile:
    from pydantic import ValidationError  # noqa: PLC0415

    from dyadlink.profiles import Profile, get_profile  # noqa: PLC0415

    if name is not None:
        return get_profile(name)
    try:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        return Profile.model_validate(manifest["profile"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        raise ConfigError("no manifest of B names the rules", where="--profile", mend="name the profile") from None


def _as_json(changes: Sequence[Change], findings: Sequence[Finding]) -> str:
    told = {
        "changes": [asdict(change) for change in changes],
        "disclosed": [{"file": f.file, "place": f.place, "rule": f.rule, "learns": f.learns} for f in findings],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _as_text(changes: Sequence[Change], findings: Sequence[Finding]) -> str:
    lines = []
    for file in dict.fromkeys(change.file for change in changes):
        of_file = [change for change in changes if change.file == file]
        lines.append(file)
        lines += [f"  {_in_words(change)}" for change in of_file[:MOST_OF_A_FILE]]
        if len(of_file) > MOST_OF_A_FILE:
            lines.append(f"  and {len(of_file) - MOST_OF_A_FILE:,} more: --format json lists them all")
    lines.append(f"{len(changes):,} change(s)" if changes else "nothing changed")
    lines.append("")
    for finding in findings:
        lines += [f"{finding.file}: {finding.place}", f"  learns: {finding.learns}"]
    told = f"{len(findings)} count(s) that both together give away" if findings else "the difference discloses nothing"
    return "\n".join([*lines, told]) + "\n"


def _in_words(change: Change) -> str:
    words = {"file_came": "came", "file_went": "went", "row_came": "row came", "row_went": "row went"}
    if change.kind in words:
        return f"{words[change.kind]}: {change.place}" if change.place else words[change.kind]
    return f"{change.place}: {change.column} {change.before or 'hidden'} -> {change.after or 'hidden'}"
