"""One run at a time in a folder: locks that the system takes back when their holder ends, however it ends.

Nothing has to be unlocked after a kill. A run holds its lock from before its first step; its steps hold one together,
so that a step that outlived its run is seen. Paths begin at the folder of the run.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dyadlink.errors import DyadlinkError

_RUN = ".snakemake/dyadlink-run.lock"
_STEPS = ".snakemake/dyadlink-steps.lock"
_KNOWS_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}
_CLOCKS_DIFFER_SECONDS = 60.0
"""What the clocks of a machine and of a drive on the network may be apart."""
_held: list[int] = []
"""Of this process, to its end."""


def hold_folder(folder: Path = Path()) -> None:
    """Nothing; the folder is then this process's to run the study in, to its end.

    A drive that knows no locks goes without.

    Raises:
        DyadlinkError: Another run is at work there, or a step of one that was killed.
    """
    run = _take(folder / _RUN, fcntl.LOCK_EX)
    if run is None:
        raise DyadlinkError(
            "another run is at work in this folder",
            where=str(folder.resolve()),
            mend="let it end, or start this one in a folder of its own (snakemake --directory FOLDER)",
        )
    steps = _take(folder / _STEPS, fcntl.LOCK_EX)
    if steps is None:
        os.close(run)
        raise DyadlinkError(
            "a step of a run that was killed is still at work in this folder",
            where=str(folder.resolve()),
            mend="wait until it has ended, and give the same command again",
        )
    os.close(steps)
    _held.append(run)


def check_clock(files: Iterable[Path]) -> None:
    """Nothing, if no file is of the future: Snakemake goes by their times, and ends where an input is younger.

    Raises:
        DyadlinkError: One is.
    """
    latest = time.time() + _CLOCKS_DIFFER_SECONDS
    future = next((path for path in files if path.lstat().st_mtime > latest), None)
    if future is not None:
        place = future.parent if future.is_absolute() else future.parts[0]
        raise DyadlinkError(
            "the file is of the future by the clock of this machine",
            where=str(future),
            mend=f"set the clock right; if it is, find {place} -newermt now -exec touch {{}} +, and give the "
            "same command again",
        )


def is_at_work(folder: Path) -> bool:
    """Whether a run, or a step of one, is at work in the folder."""
    taken = [_take(folder / name, fcntl.LOCK_EX) for name in (_RUN, _STEPS) if (folder / name).is_file()]
    for file in taken:
        if file is not None:
            os.close(file)
    return None in taken


@contextmanager
def step_at_work(folder: Path = Path()) -> Iterator[None]:
    """Hold the lock of the steps, together with others of the same run."""
    is_of_a_run = (folder / _STEPS).parent.is_dir()
    file = _take(folder / _STEPS, fcntl.LOCK_SH) if is_of_a_run else None
    try:
        yield
    finally:
        if file is not None:
            os.close(file)


def _take(path: Path, kind: int) -> int | None:
    """The open file with its lock; none where somebody else has it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    except OSError as error:
        if error.errno not in _KNOWS_NO_LOCKS:
            os.close(file)
            raise
    return file
