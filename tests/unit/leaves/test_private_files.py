"""Files with persons in them: open to their owner alone, whole or not there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dyadlink.storage import new_file


def test_a_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    before = os.umask(0)
    try:
        for content in (b"a", b"b"):
            with new_file(path) as aside:
                assert stat.S_IMODE(aside.stat().st_mode) == 0o600
                aside.write_bytes(content)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"b"


def test_what_fails_leaves_the_file_that_stands_there_alone(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_bytes(b"a")
    with pytest.raises(OSError, match="disk"), new_file(path) as aside:
        aside.write_bytes(b"b")
        raise OSError("disk full")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"review.csv": b"a"}
