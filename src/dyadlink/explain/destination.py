"""Where the page of a dyad may go: the terminal, or a file among the records; elsewhere on demand alone."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from dyadlink.errors import DyadlinkError
from dyadlink.explain.records import RECORD_LEVEL
from dyadlink.storage import new_file

WIDTH = 100
"""Columns of a page that is not for a terminal, and the most that one has."""
_NARROWEST = 72


def choose_destination(results: Path, to_file: Path | None, *, is_asked_for: bool) -> Callable[[str], None]:
    """What takes the page, chosen before any record is read.

    Args:
        results: Folder of the run's results.
        to_file: A file to write, inside the folder of records.
        is_asked_for: Print also where the output is no terminal.

    Raises:
        DyadlinkError: The file is elsewhere or stands there already, or the output is no terminal and nobody asked.
    """
    if to_file is not None:
        _check_file(results, to_file)
        return lambda page: _write(to_file, page)
    if not sys.stdout.isatty() and not is_asked_for:
        raise DyadlinkError(
            "the output is no terminal, and records of a person would go into a pipe or a file",
            mend=f"--to-file FILE inside {results / RECORD_LEVEL}, or --yes-print-records",
        )
    return lambda page: print(page, end="")


def _check_file(results: Path, path: Path) -> None:
    room = (results / RECORD_LEVEL).resolve()
    if not path.resolve().is_relative_to(room) or not path.resolve().parent.is_dir():
        raise DyadlinkError(
            "records are written inside the folder of records alone",
            where="--to-file",
            mend=f"name a new file in {results / RECORD_LEVEL}",
        )
    if path.exists() or path.is_symlink():
        raise DyadlinkError("exists", where=str(path), mend="delete it, or give another name")


def page_width() -> int:
    """Columns of the page: those of the terminal, within limits."""
    if not sys.stdout.isatty():
        return WIDTH
    return max(_NARROWEST, min(WIDTH, shutil.get_terminal_size().columns))


def _write(path: Path, page: str) -> None:
    with new_file(path) as aside:
        aside.write_text(page, encoding="utf-8")
