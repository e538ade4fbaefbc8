"""Runs of the workflow that are disturbed, and what must hold of their folders at any moment and at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dyadlink.ledger import read_ledger

PROJECT = Path(__file__).resolve().parents[2]
SHOWN = ("release", "report", "aggregate", "underlying")
"""Folders of the results in which no file is ever half-written."""


@dataclass(frozen=True)
class Study:
    """An undisturbed run.

    Args:
        folder: Where it ran.
        config: Its configuration.
        seconds: What it took.
    """

    folder: Path
    config: Path
    seconds: float


def start(
    folder: Path,
    config: Path,
    *arguments: str,
    before: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[str]:
    """A run at work, in a process group of its own, as somebody starts it at a terminal."""
    command = [
        *before,
        str(Path(sys.executable).with_name("snakemake")),
        *("--snakefile", str(PROJECT / "Snakefile"), "--directory", str(folder), "--cores", "2"),
        *("--configfile", str(config)),
        *arguments,
    ]
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT / "src"),
        **(environment or {}),
    }
    return subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **own},
        start_new_session=True,
        cwd=cwd or folder,
    )


def kill_group(run: subprocess.Popen[str]) -> None:
    """Snakemake and every step of it, at once, without a word."""
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()


def shown_files(folder: Path) -> dict[str, bytes]:
    """Every file that somebody may take for a result, by path; what stands aside under a hidden name is none."""
    found = [path for part in SHOWN for path in sorted((folder / "results" / part).rglob("*")) if path.is_file()]
    names = {str(path.relative_to(folder / "results")): path for path in found}
    return {name: path.read_bytes() for name, path in names.items() if "/." not in name}


def assert_nothing_is_half_written(folder: Path, study: Study) -> None:
    """Each file is absent, or what it is after an undisturbed run."""
    whole = shown_files(study.folder)
    differing = {name for name, content in shown_files(folder).items() if whole.get(name) != content}
    assert differing == set()


def assert_same_results(folder: Path, study: Study) -> None:
    """Every file stands and is what it is after an undisturbed run; nothing else is left; one line in the ledger."""
    assert shown_files(folder) == shown_files(study.folder)
    asides = [path for path in (folder / "results").rglob(".*") if path.name != ".snakemake_timestamp"]
    assert asides == []
    assert _ledger(folder) == _ledger(study.folder)


def _ledger(folder: Path) -> list[str]:
    """The releases that stand in the ledger: every one in it, once."""
    (path,) = (folder / "results").glob("ledger*.jsonl")
    names = [entry.release for entry in read_ledger(path)]
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(names)
    return names


def one_line(told: str) -> str:
    """The one line in which a run tells its error; it tells no other, and shows no traceback."""
    lines = sorted({line for line in told.splitlines() if line.startswith("dyadlink: ")})
    assert len(lines) == 1, told
    assert "Traceback" not in told, told
    return lines[0]
