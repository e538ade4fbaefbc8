"""A wheelhouse is made, then installed from, and the study run, in a network namespace that holds nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
UNPLUGGED = ("unshare", "--map-root-user", "--net")
"""Starts a program that sees no network, not even loopback."""
PYTHON = str(Path(sys.base_prefix) / "bin/python3")


def _run(folder: Path, *command: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    return subprocess.run(  # noqa: S603
        command, cwd=folder, capture_output=True, text=True, check=False, env={**own, **(environment or {})}
    )


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("carried") / "wheelhouse"
    done = _run(PROJECT, "make", "wheelhouse", f"WHEELHOUSE={folder}", f"PYTHON={PYTHON}")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def checkout(wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inside")
    with tarfile.open(wheelhouse / "dyadlink-source.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder


def _install(checkout: Path, wheelhouse: Path) -> subprocess.CompletedProcess[str]:
    return _run(checkout, *UNPLUGGED, "make", "install-offline", f"WHEELHOUSE={wheelhouse}", f"PYTHON={PYTHON}")


def test_nothing_is_reached_where_the_tests_run(tmp_path: Path) -> None:
    look = (
        "import socket; print([name for _, name in socket.if_nameindex()]); socket.create_connection(('127.0.0.1', 9))"
    )
    done = _run(tmp_path, *UNPLUGGED, PYTHON, "-c", look)
    assert done.stdout == "['lo']\n"
    assert "Network is unreachable" in done.stderr


def test_a_wheel_that_was_changed_is_refused(checkout: Path, wheelhouse: Path, tmp_path: Path) -> None:
    changed = tmp_path / "wheelhouse"
    shutil.copytree(wheelhouse, changed)
    (wheel,) = changed.glob("connection_pool-*.whl")  # built from source, whose hash stands in the folder
    (other,) = changed.glob("pyyaml-*.whl")
    for path in (wheel, other):
        path.write_bytes(path.read_bytes() + b"\0")
        done = _install(checkout, changed)
        assert done.returncode != 0
        assert "DO NOT MATCH THE HASHES" in done.stderr
        assert not (checkout / ".venv/.run-ready").exists()
        shutil.copy(wheelhouse / path.name, path)


def test_a_folder_that_is_no_wheelhouse_is_named(checkout: Path, tmp_path: Path) -> None:
    done = _install(checkout, tmp_path)
    assert done.returncode != 0
    assert f"{tmp_path}: no wheelhouse -> make one with `make wheelhouse` where there is a network" in done.stderr


def test_the_study_is_installed_and_run_without_a_network(checkout: Path, wheelhouse: Path) -> None:
    done = _install(checkout, wheelhouse)
    assert done.returncode == 0, done.stdout + done.stderr
    done = _run(checkout, *UNPLUGGED, "make", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The study is complete" in done.stdout
    assert (checkout / "results/report/index.html").stat().st_size > 10_000
