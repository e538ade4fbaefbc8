"""Folders that are there as a whole or not at all: written aside, looked at, then moved in place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath

from dyadlink.errors import DyadlinkError

_OWNER_ALONE = 0o700

RELEASE_LAYOUT = (
    "manifest.json",
    "results.json",
    "tables/*.csv",
    "contexts/*.md",
    "checksums/*.txt",
    "checksums/tables/*.txt",
    "checksums/contexts/*.txt",
)
"""What stands in a folder of a release."""


@contextmanager
def plain_errors(where: Path) -> Iterator[None]:
    """Tell a full disk, a missing permission and their like in one line that says what to do.

    Raises:
        DyadlinkError: Writing failed.
    """
    try:
        yield
    except OSError as error:
        raise DyadlinkError(
            f"cannot be written ({error.strerror or error})",
            where=str(where),
            mend="make room or ask for the permission, and run again; nothing was released",
        ) from None


def clear_place(directory: Path, layout: Iterable[str] = RELEASE_LAYOUT) -> None:
    """Take away what an earlier run left in the place of a folder, so that nobody takes it for that of this run.

    It goes out of sight at once, whatever happens while it is deleted. What is not of the layout is somebody else's:
    it stays, alone.

    Raises:
        DyadlinkError: The place holds files that are not of the layout, or they cannot be deleted.
    """
    layout = tuple(layout)
    with plain_errors(directory):
        for left_over in (_new(directory), _old(directory)):
            shutil.rmtree(left_over, ignore_errors=True)
        if directory.is_symlink() or directory.is_file():
            raise DyadlinkError("is not a folder", where=str(directory), mend="take it away, or name another place")
        if not directory.exists():
            return
        foreign = sorted(path for path in _files(directory) if not _is_of(path.relative_to(directory), layout))
        if not foreign:
            directory.rename(_old(directory))
            shutil.rmtree(_old(directory))
            return
        for path in set(_files(directory)) - set(foreign):
            path.unlink()
        raise DyadlinkError(
            f"the folder holds {len(foreign)} file(s) that are not of a release, the first {foreign[0].name}",
            where=str(directory),
            mend="move them elsewhere, and run again",
        )


def write_aside(files: Mapping[str, bytes], directory: Path, file_mode: int | None = None) -> Path:
    """The folder beside `directory` that then holds the files, open to its owner alone.

    Raises:
        DyadlinkError: They cannot be written; nothing is left.
    """
    new = _new(directory)
    with plain_errors(directory):
        try:
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True, mode=_OWNER_ALONE)
            for path, content in files.items():
                (new / path).parent.mkdir(parents=True, exist_ok=True)
                if file_mode is not None:
                    (new / path).touch(mode=file_mode)
                (new / path).write_bytes(content)
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            raise
    return new


def move_in_place(directory: Path, mode: int | None = None) -> None:
    """Move what `write_aside` made to its place, in one step.

    Args:
        directory: The place; nothing stands there.
        mode: Who may open it; none: whoever the user's mask lets.

    Raises:
        DyadlinkError: It cannot be moved; nothing is left.
    """
    new = _new(directory)
    with plain_errors(directory):
        try:
            new.chmod(0o777 & ~_mask() if mode is None else mode)
            new.rename(directory)
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            raise


def drop_aside(directory: Path) -> None:
    """Delete what `write_aside` made."""
    shutil.rmtree(_new(directory), ignore_errors=True)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_symlink() or not path.is_dir()]


def _is_of(path: PurePath, layout: Iterable[str]) -> bool:
    # `*` of a pattern stays within one folder: as many parts as the pattern has.
    return any(path.match(pattern) and len(path.parts) == pattern.count("/") + 1 for pattern in layout)


def _new(directory: Path) -> Path:
    return directory.with_name(f".{directory.name}.new")


def _old(directory: Path) -> Path:
    return directory.with_name(f".{directory.name}.old")
