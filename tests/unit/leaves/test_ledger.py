"""The ledger: only ever added to, and refused where it was changed or is another study's."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from dyadlink.errors import ConfigError, DyadlinkError
from dyadlink.ledger import (
    Entry,
    ReleasedCount,
    Withdrawal,
    append_entry,
    last_hash,
    names_release,
    read_ledger,
    read_lines,
    withdraw,
)


def _entry(release: str, study: str = "dyads", n: int = 120) -> Entry:
    count = ReleasedCount(table="outcomes", variable="o1", level="yes", population="all dyads", n=n, status="rounded")
    return Entry(
        release=release,
        date=date(2026, 3, 1),
        study=study,
        profile="strict",
        counts=(count,),
        files={"tables/outcomes.csv": "0" * 64},
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.jsonl"
    for name in ("first", "second", "third"):
        append_entry(path, _entry(name))
    return path


def test_entries_come_back_as_they_were_written(ledger: Path) -> None:
    assert read_ledger(ledger, "dyads") == (_entry("first"), _entry("second"), _entry("third"))
    assert read_ledger(ledger) == read_ledger(ledger, "dyads")


def test_the_same_releases_give_the_same_bytes(ledger: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    hashes = [append_entry(other, _entry(name)) for name in ("first", "second", "third")]
    assert other.read_bytes() == ledger.read_bytes()
    assert len(set(hashes)) == 3


def _edit_number(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace('"n": 120', '"n": 130'), lines[2]]


BREAKS: dict[str, Callable[[list[str]], list[str]]] = {
    "a number changed": _edit_number,
    "a number changed and its hash forgotten": lambda lines: _edit_number(lines)[:2],
    "the hash before it changed": lambda lines: [lines[0], re.sub(r'"previous": "\w', '"previous": "x', lines[1])],
    "an entry taken out": lambda lines: [lines[0], lines[2]],
    "the first taken out": lambda lines: lines[1:],
    "two changed places": lambda lines: [lines[1], lines[0], lines[2]],
    "a line cut short": lambda lines: [lines[0], lines[1][:50]],
    "an empty line": lambda lines: [lines[0], "", *lines[1:]],
    "a line that is a list": lambda lines: [*lines, "[]"],
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_ledger_that_was_changed_is_refused(name: str, ledger: Path) -> None:
    lines = ledger.read_text().splitlines()
    changed = BREAKS[name](lines)
    assert changed != lines
    ledger.write_text("\n".join(changed) + "\n")
    with pytest.raises(ConfigError, match=r"chain of hashes|no entry"):
        read_ledger(ledger)
    before = ledger.read_bytes()
    with pytest.raises(ConfigError):
        append_entry(ledger, _entry("fourth"))
    assert ledger.read_bytes() == before


def test_another_study_and_a_name_used_twice_are_refused(ledger: Path) -> None:
    with pytest.raises(ConfigError, match="another study"):
        read_ledger(ledger, "twins")
    with pytest.raises(ConfigError, match="another study"):
        append_entry(ledger, _entry("fourth", study="twins"))
    with pytest.raises(ConfigError, match="stands in it"):
        append_entry(ledger, _entry("second"))
    assert len(ledger.read_text().splitlines()) == 3


def test_no_ledger_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ledger not found"):
        read_ledger(tmp_path / "none.jsonl")


def test_an_entry_says_all_that_a_later_release_needs(ledger: Path) -> None:
    told = json.loads(ledger.read_text().splitlines()[0])
    assert told["counts"][0]["population"] == "all dyads"
    fields = {"release", "date", "study", "profile", "inputs", "counts", "files"}
    assert set(told) == fields | {"previous", "hash"}


def test_a_withdrawn_release_stands_no_more_and_its_line_stays(ledger: Path) -> None:
    withdraw(ledger, "second", date(2026, 3, 2), "never left")
    assert [entry.release for entry in read_ledger(ledger)] == ["first", "third"]
    lines = [line for line, _ in read_lines(ledger)]
    assert lines[-1] == Withdrawal(withdraws="second", date=date(2026, 3, 2), study="dyads", reason="never left")
    assert len(lines) == 4
    # What was withdrawn may be released again; what does not stand cannot be withdrawn.
    with pytest.raises(ConfigError, match="no release 'second' stands in it -> name one of: first, third"):
        withdraw(ledger, "second", date(2026, 3, 3))
    append_entry(ledger, _entry("second"))
    assert [entry.release for entry in read_ledger(ledger)] == ["first", "third", "second"]


def test_a_withdrawal_that_was_changed_is_refused(ledger: Path) -> None:
    withdraw(ledger, "second", date(2026, 3, 2))
    ledger.write_text(ledger.read_text().replace('"withdraws": "second"', '"withdraws": "third"'))
    with pytest.raises(ConfigError, match="chain of hashes"):
        read_ledger(ledger)


def test_whether_a_release_stands_is_seen_without_reading_all_of_it(ledger: Path, tmp_path: Path) -> None:
    assert names_release(ledger, "second")
    assert not names_release(ledger, "fourth")
    withdraw(ledger, "second", date(2026, 3, 2))
    assert not names_release(ledger, "second")
    append_entry(ledger, _entry("second"))
    assert names_release(ledger, "second")
    assert not names_release(tmp_path / "none.jsonl", "second")


def test_a_line_that_a_killed_run_left_unfinished_never_counted(ledger: Path) -> None:
    whole = ledger.read_bytes()
    append_entry(ledger, _entry("fourth"))
    for length in (len(whole) + 1, len(whole) + 200, len(ledger.read_bytes()) - 1):
        append = ledger.read_bytes()
        ledger.write_bytes(append[:length])
        assert [entry.release for entry in read_ledger(ledger)] == ["first", "second", "third"]
        append_entry(ledger, _entry("fourth"))
        assert ledger.read_bytes() == append


def test_a_full_disk_leaves_the_ledger_as_it_was(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, write = ledger.read_bytes(), os.write

    def half_and_full(file: int, content: bytes) -> int:
        write(file, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", half_and_full)
    with pytest.raises(DyadlinkError, match="No space left on device"):
        append_entry(ledger, _entry("fourth"))
    assert ledger.read_bytes() == whole


def test_an_entry_goes_only_after_the_line_that_it_was_made_for(ledger: Path) -> None:
    seen = last_hash(ledger)
    append_entry(ledger, _entry("fourth"), after=seen)
    with pytest.raises(ConfigError, match="another release was added meanwhile"):
        append_entry(ledger, _entry("fifth"), after=seen)


def test_writers_at_once_wait_for_each_other(ledger: Path) -> None:
    # Each writer is a process: what one reads as the last line is still the last when it writes its own.
    code = "import sys; from datetime import date; from pathlib import Path; from dyadlink.ledger import withdraw"
    code += "; withdraw(Path(sys.argv[1]), sys.argv[2], date(2026, 3, 2))"
    file = os.open(ledger, os.O_RDWR)
    fcntl.flock(file, fcntl.LOCK_EX)
    before = ledger.read_bytes()
    writers = [subprocess.Popen([sys.executable, "-c", code, str(ledger), name]) for name in ("first", "third")]  # noqa: S603
    with pytest.raises(subprocess.TimeoutExpired):
        writers[0].wait(timeout=1.5)
    assert ledger.read_bytes() == before
    os.close(file)
    assert [writer.wait(timeout=30) for writer in writers] == [0, 0]
    assert [entry.release for entry in read_ledger(ledger)] == ["second"]


def test_a_drive_without_locks_is_written_all_the_same(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(fcntl, "flock", none)
    append_entry(ledger, _entry("fourth"))
    assert len(read_ledger(ledger)) == 4
