"""Where a release comes from: code, environment, configuration, records and seed, as versions and hashes.

Hashed is only what nobody can guess from a few numbers, or what is open anyway. Never the hash of an unrounded table:
whoever guesses its counts could hold the guess against the hash. Never a path, a host or a user.
"""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dyadlink import __version__
from dyadlink.config import Config
from dyadlink.disclosure.context import settings_told

_RUNS = ("Snakefile", "workflow", "src", "requirements.lock")
"""What a run is made by; configuration and models have a hash of their own."""
CHANGED_SINCE = ", changed since"
"""Ends the version of a checkout that holds changes of its own."""


def provenance_of(config: Config, project: Path, inputs: Mapping[str, Mapping[str, str | None]]) -> dict[str, Any]:
    """What the release manifest says under `provenance`.

    `code_version`, `lock_sha256` (None where there is no lock), `config_sha256`, `inputs_sha256`, `python_version`
    and, for simulated records, `seed`.

    Args:
        config: The configuration of the study.
        project: Folder of Snakefile, config and requirements.lock.
        inputs: Hashes of the records read, by role and input.
    """
    told: dict[str, Any] = {
        "code_version": code_version(project),
        "lock_sha256": lock_sha256(project),
        "config_sha256": _config_sha256(config, project),
        "inputs_sha256": {role: dict(hashes) for role, hashes in inputs.items()},
        "python_version": platform.python_version(),
    }
    simulate = config.sources.simulate
    return told if simulate is None else told | {"seed": simulate.seed}


def lock_sha256(project: Path) -> str | None:
    """SHA-256 of the locked environment; None where there is no lock."""
    lock = project / "requirements.lock"
    return _sha256(lock.read_bytes()) if lock.is_file() else None


def code_version(project: Path) -> str:
    """The version of the package and, in a git checkout of the project, its revision and whether it was changed."""
    # A folder inside a checkout of something else knows no Snakefile.
    if _git(project, "ls-files", "--error-unmatch", "Snakefile") is None:
        return __version__
    revision = _git(project, "rev-parse", "HEAD")
    changes = _git(project, "status", "--porcelain", "--", *_RUNS)
    if revision is None or changes is None:
        return __version__
    return f"{__version__}, revision {revision}{CHANGED_SINCE if changes else ''}"


def _git(project: Path, *arguments: str) -> str | None:
    """What git answers; None where there is no git, or no checkout that it may read."""
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(project), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _config_sha256(config: Config, project: Path) -> str:
    """Of the settings that the release tells, the models and the code lists.

    Folders and addresses stay out: a guess of them could be held against the hash. So does a linkage model from a file,
    which was estimated from records.
    """
    parts = [json.dumps(settings_told(config), sort_keys=True).encode()]
    parts += [path.read_bytes() for path in _open_files(config, project)]
    return _sha256("".join(f"{_sha256(part)}\n" for part in parts).encode())


def _open_files(config: Config, project: Path) -> Iterator[Path]:
    yield project / config.models
    yield from sorted((project / "config/codelists").glob("*.csv"))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
