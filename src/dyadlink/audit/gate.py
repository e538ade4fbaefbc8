"""The audit as a release asks for it, before it stands anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from dyadlink.audit.auditor import audit_folder
from dyadlink.audit.findings import as_text
from dyadlink.ledger import Entry
from dyadlink.profiles import Profile

_WIDTH = 100


def gate(profile: Profile) -> Callable[[Path, Sequence[Entry]], tuple[list[str], str]]:
    """What attacks a folder with the earlier releases at hand: the file of each finding, and the list as text.

    Args:
        profile: The rules.
    """

    def audit(folder: Path, earlier: Sequence[Entry]) -> tuple[list[str], str]:
        findings = audit_folder(folder, profile, earlier)
        return [finding.file for finding in findings], as_text(findings, _WIDTH)

    return audit
