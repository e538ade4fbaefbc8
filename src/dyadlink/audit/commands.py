"""The command `dyadlink audit`."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from dyadlink.errors import ConfigError

FORMATS = ("text", "json", "csv")


def add_command(commands: Any) -> None:
    """Add `audit`.

    Args:
        commands: What `add_subparsers` returned.
    """
    audit = commands.add_parser(
        "audit",
        help="attack a folder that is to leave, and list what a reader of it could work out",
        description="Read a folder that is to leave, whoever made it, and attack it: hidden counts by all sums "
        "together, percentages, means, rates and curves, texts, properties of files, identifiers. The list says where "
        "to look: it is for those inside. Ends with 0 where nothing is found, 1 where something is, 2 where it could "
        "not be audited.",
    )
    audit.add_argument("directory", metavar="DIR", type=Path, help="the folder")
    audit.add_argument("--profile", required=True, help="disclosure profile, see docs/reference/disclosure-profiles.md")
    audit.add_argument("--ledger", type=Path, metavar="FILE", help="ledger of the study's earlier releases")
    audit.add_argument("--study", metavar="ID", help="study that the ledger must be of (default: the manifest's)")
    audit.add_argument("--format", choices=FORMATS, default="text", help="how to print the list (default: text)")
    audit.add_argument("--out", type=Path, metavar="FILE", help="write the list there (mode 0600), outside the folder")
    audit.set_defaults(run=_audit)


def _audit(options: argparse.Namespace) -> int:
    from dyadlink.audit.auditor import audit_folder  # noqa: PLC0415  # loads the solver
    from dyadlink.audit.findings import printed, summary  # noqa: PLC0415
    from dyadlink.ledger import read_ledger  # noqa: PLC0415
    from dyadlink.profiles import get_profile  # noqa: PLC0415

    profile = get_profile(options.profile)
    study = options.study or _study_of(options.directory)
    earlier = read_ledger(options.ledger, study) if options.ledger else ()
    # A release that stands in the ledger already is not held against itself.
    earlier = tuple(entry for entry in earlier if not _is_of(entry.files, options.directory))
    if options.out is not None:
        _check_out(options.out, options.directory)
    findings = audit_folder(options.directory, profile, earlier)
    width = shutil.get_terminal_size((100, 24)).columns if options.out is None else 100
    text = printed(findings, options.format, width)
    if options.out is None:
        sys.stdout.write(text)
    else:
        _write(options.out, text)
        print(f"{summary(findings)}; the list: {options.out}")
    return 1 if findings else 0


def _write(out: Path, text: str) -> None:
    try:
        out.touch(mode=0o600)
        out.chmod(0o600)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be written ({error.strerror})", where=str(out), mend="give another place") from None


def _study_of(directory: Path) -> str | None:
    """The study, or else the title, in the folder's manifest, if it has one."""
    try:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        study = manifest.get("study", manifest.get("title"))
    except (OSError, ValueError, AttributeError):
        return None
    return study if isinstance(study, str) else None


def _is_of(files: dict[str, str], directory: Path) -> bool:
    """Whether the folder holds just these files, by their hashes."""

    def sha256(path: str) -> str:
        file = directory / path
        return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""

    return bool(files) and all(sha256(path) == told for path, told in files.items())


def _check_out(out: Path, directory: Path) -> None:
    if out.resolve().is_relative_to(directory.resolve()):
        raise ConfigError("lies in the folder that is to leave", where="--out", mend="write the list elsewhere")
    if not out.resolve().parent.is_dir():
        raise ConfigError("its folder does not exist", where="--out", mend="make the folder first")
