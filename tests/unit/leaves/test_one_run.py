"""A folder is one run's at a time, and nobody's once that has ended, however it ended."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from dyadlink import one_run
from dyadlink.errors import DyadlinkError
from dyadlink.one_run import hold_folder, is_at_work, step_at_work

HOLDER = "import sys; from pathlib import Path; from dyadlink.one_run import hold_folder\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".snakemake").mkdir()
    return tmp_path


def _holder(folder: Path) -> subprocess.Popen[str]:
    code = f"{HOLDER}hold_folder(Path({str(folder)!r})); print('held', flush=True); sys.stdin.read()"
    run = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "held\n"
    return run


def test_a_run_that_is_killed_gives_the_folder_back(folder: Path) -> None:
    with _holder(folder) as first:
        assert is_at_work(folder)
        with pytest.raises(DyadlinkError, match="another run is at work in this folder -> let it end"):
            hold_folder(folder)
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert not is_at_work(folder)


def test_steps_hold_the_folder_together(folder: Path) -> None:
    assert not is_at_work(folder)
    first = ExitStack()
    first.enter_context(step_at_work(folder))
    with step_at_work(folder):
        first.close()
        assert is_at_work(folder)
        with pytest.raises(DyadlinkError, match="a step of a run that was killed is still at work"):
            hold_folder(folder)
    assert not is_at_work(folder)


def test_a_step_by_itself_needs_no_folder_of_a_run(tmp_path: Path) -> None:
    with step_at_work(tmp_path):
        assert list(tmp_path.iterdir()) == []
    assert not is_at_work(tmp_path)


def test_a_drive_without_locks_goes_without(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(one_run, "_held", [])
    hold_folder(folder)
    assert not is_at_work(folder)
    for file in one_run._held:  # what a process holds to its end
        os.close(file)
