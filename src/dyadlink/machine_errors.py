"""What the machine refuses, told in one line: a full disk, a quota, a drive or folder that is read-only, no memory."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from dyadlink.errors import DyadlinkError

AGAIN = "give the same command again: what was finished is kept"
_NO_MEMORY = {"MemoryError", "OutOfMemoryException", "ArrowMemoryError", "_ArrayMemoryError"}
_ROOM = f"make room, or set resources.temp to another disk, and {AGAIN}"
_TOLD = {
    errno.ENOSPC: ("the disk is full", _ROOM),
    errno.EDQUOT: ("your share of the disk (quota) is used up", _ROOM),
    errno.EFBIG: ("a file is larger than files may be here", f"raise the limit (ulimit -f), and {AGAIN}"),
    errno.EROFS: ("the drive is read-only", f"let it be written, or run in a folder elsewhere, and {AGAIN}"),
    errno.EACCES: ("the permission is missing", f"ask for it, and {AGAIN}"),
    errno.EPERM: ("the permission is missing", f"ask for it, and {AGAIN}"),
    errno.EIO: ("the drive fails", f"see to the drive, and {AGAIN}"),
    errno.ENOMEM: ("the memory is not enough", ""),
}


def machine_error(error: BaseException) -> DyadlinkError | None:
    """The line for an error that the machine is behind, whichever library raises it; none for any other.

    Of the error's own message only the place is told, and that where it is one: it may quote a record.
    """
    number = _number(error)
    if number == errno.ENOMEM or type(error).__name__ in _NO_MEMORY:
        return DyadlinkError(
            "the memory is not enough",
            where=f"a step ({type(error).__name__})",
            mend=f"raise resources.memory_limit if DuckDB said so, else run where there is more memory, and {AGAIN}",
        )
    if number not in _TOLD:
        return None
    what, mend = _TOLD[number]
    return DyadlinkError(what, where=_place(error), mend=mend)


def _number(error: BaseException) -> int | None:
    """The system's number of the error; libraries tell it in their words alone."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    if isinstance(error, OSError) or type(error).__module__.split(".")[0] in {"_duckdb", "duckdb", "polars", "pyarrow"}:
        text = str(error)
        told = re.search(r"(?:os error|errno:?) (\d+)", text)
        if told:
            return int(told.group(1))
        return next((number for number in _TOLD if os.strerror(number) in text), None)
    return None


def _place(error: BaseException) -> str:
    told = getattr(error, "filename", None)
    if isinstance(told, (str, Path)):
        return str(told)
    for name in re.findall(r"[\"']([^\"'\n]+)[\"']", str(error)):
        if "/" in name and Path(name).parent.is_dir():
            return str(name)
    return str(Path.cwd())
