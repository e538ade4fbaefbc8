"""How a workflow script ends when something is wrong: one line, in the terminal and in the step's log."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dyadlink.errors import DyadlinkError
from dyadlink.machine_errors import machine_error
from dyadlink.one_run import step_at_work

PREFIX = "dyadlink: "
"""Starts the one line that tells the error; the workflow looks for it at its end."""

INTERRUPTED = "interrupted -> the same command goes on after the last step that was finished"

TOLD_AT_THE_END = "DYADLINK_TOLD_AT_THE_END"
"""Set where the run's progress has the terminal: a step then speaks to its log alone, and the run's end tells it."""


@contextmanager
def step(log: str | Path, *, may_leave: bool = False) -> Iterator[None]:
    """Run the body of a script; tell an error in one line and end with its exit code.

    An unexpected error is told by its kind and place only: its own message may quote a record. Ctrl-C is none.

    Args:
        log: The step's log.
        may_leave: What the step makes is for others to see: who may read it is left to the user's mask. Else every
            file is for its owner alone, those that a library writes included.
    """
    before = os.umask(0o077)
    if may_leave:
        os.umask(before)
    path = Path(log)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
        with step_at_work():
            yield
    except DyadlinkError as error:
        tell(path, f"{PREFIX}{error}")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        tell(path, f"{PREFIX}{INTERRUPTED}")
        raise SystemExit(130) from None
    except Exception as error:  # the last place where a record's value could slip into a log
        if type(error).__name__ == "InterruptException":  # DuckDB's own Ctrl-C
            tell(path, f"{PREFIX}{INTERRUPTED}")
            raise SystemExit(130) from None
        of_the_machine = machine_error(error)
        if of_the_machine is not None:
            tell(path, f"{PREFIX}{of_the_machine}")
            raise SystemExit(of_the_machine.exit_code) from None
        frames = "".join(traceback.format_tb(error.__traceback__))
        path.write_text(frames, encoding="utf-8")
        tell(path, f"{PREFIX}unexpected {type(error).__name__} -> see the places in {path} and report them")
        raise SystemExit(1) from None
    finally:
        os.umask(before)


def tell(path: Path, line: str) -> None:
    """Put one line into the step's log and, where no progress is shown or the log takes no more, on the terminal."""
    in_log = True
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError:
        in_log = False
    if TOLD_AT_THE_END not in os.environ or not in_log:
        print(line, file=sys.stderr)
