"""Kills a release before each change that it makes to the disk, and says what stands there then and after a new run.

Run as a program, so that processes can be forked before polars has threads. Prints JSON: kills, states, `unwhole`
(after which something stood half) and `not recovered` (after which a new run did not end with a whole release).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import scipy.optimize  # noqa: F401  # once here instead of in every child
from small_release import aggregates, context, files_of, places, study

from dyadlink.disclosure.transaction import release_study
from dyadlink.ledger import read_ledger

CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.truncate", "open"}


def run(folder: Path, wales: int, kill_at: int = 0) -> None:
    """Release, and die before the change of that number."""
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event not in CHANGES or not kill_at:
            return
        if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        if event == "open" and not str(arguments[0]).startswith(str(folder)):
            return
        seen += 1
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    config = study(folder)
    release_study(aggregates(wales), config, context(config), places(folder), lambda *_: ([], ""))


def in_child(work: Callable[[], None]) -> int:
    """The signal or code that the work ended with, in a process of its own."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def main(folder: Path) -> None:
    """Kill at the first change, the second, and so on until a run ends by itself."""
    wholes = []
    for name, wales in (("old", 43), ("new", 60)):
        (folder / name).mkdir()
        if name == "new":
            shutil.copy(folder / "old/ledger.jsonl", folder / "new/ledger.jsonl")
        assert in_child(partial(run, folder / name, wales)) == 0
        wholes.append(files_of(folder / name / "release"))
    old, new = wholes
    states, unwhole, lost, kill_at = [], [], [], 0
    while True:
        kill_at += 1
        place = folder / f"at{kill_at}"
        shutil.copytree(folder / "old", place)
        if in_child(partial(run, place, 60, kill_at)) == 0:
            break
        files = files_of(place / "release") if (place / "release").exists() else {}
        ledger = [entry.release for entry in read_ledger(place / "ledger.jsonl")]
        state = "old" if files == old else "new" if files == new else "none" if not files else ""
        states.append(state)
        if not state or (state == "new" and len(ledger) != 2):
            unwhole.append(kill_at)
        assert in_child(partial(run, place, 60)) == 0
        left = [path.name for path in place.iterdir() if path.name.startswith(".")]
        if files_of(place / "release") != new or len(read_ledger(place / "ledger.jsonl")) != 2 or left:
            lost.append(kill_at)
        shutil.rmtree(place)
    told = {"kills": kill_at - 1, "states": sorted(set(states)), "unwhole": unwhole, "not recovered": lost}
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
