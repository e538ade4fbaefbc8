"""Runs the workflow as a user does: the command line, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


WITHOUT_PRIVILEGE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Starts a program for which permissions hold, even where root runs the tests."""


def run_snakemake(
    folder: Path,
    *arguments: str,
    cores: int = 2,
    before: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """The finished process of `snakemake` with the project's Snakefile in the folder."""
    command = [
        *before,
        str(Path(sys.executable).with_name("snakemake")),
        "--snakefile",
        str(PROJECT / "Snakefile"),
        "--directory",
        str(folder),
        "--cores",
        str(cores),
        *arguments,
    ]
    own = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **(environment or {})}
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **own})  # noqa: S603


def write_config(folder: Path, text: str) -> Path:
    """A configuration file that overrides the project's in the keys it names."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "override.yaml"
    path.write_text(text, encoding="utf-8")
    return path


STUDY_PRESET = "sources: {simulate: {preset: study, seed: 1}}\n"


def release_bytes(folder: Path) -> dict[str, bytes]:
    """Every released file and the report, by path."""
    files = [path for part in ("release", "report") for path in (folder / "results" / part).rglob("*")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files) if path.is_file()}
