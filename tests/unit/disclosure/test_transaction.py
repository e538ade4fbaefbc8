"""The release as one transaction: whole, audited and in the ledger, or not there."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from small_release import aggregates, context, files_of, places, study

from dyadlink.config import Config
from dyadlink.disclosure.transaction import Audit, release_study
from dyadlink.errors import DyadlinkError
from dyadlink.ledger import Entry, read_ledger, withdraw


def finds_nothing(*_: object) -> tuple[list[str], str]:
    return [], "nothing found\n"


def release(
    folder: Path,
    given: dict[str, pl.DataFrame] | None = None,
    config: Config | None = None,
    audit: Audit = finds_nothing,
) -> str:
    config = config or study(folder)
    return release_study(given or aggregates(), config, context(config), places(folder), audit)


def names(folder: Path) -> list[str]:
    return [entry.release for entry in read_ledger(folder / "ledger.jsonl")]


def left_overs(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.fixture
def usual_mask() -> Iterator[None]:
    mask = os.umask(0o027)
    yield
    os.umask(mask)


@pytest.mark.usefixtures("usual_mask")
def test_a_release_stands_whole_with_its_ledger_entry_and_what_is_underneath_stays_closed(tmp_path: Path) -> None:
    name = release(tmp_path)
    files = files_of(tmp_path / "release")
    assert {path for path in files if not path.startswith("checksums/")} == {
        "manifest.json",
        "results.json",
        "tables/own_table.csv",
        "contexts/own_table.md",
    }
    for path, content in files.items():
        if not path.startswith("checksums/"):
            assert files[f"checksums/{path}.txt"].decode() == hashlib.sha256(content).hexdigest()
    (entry,) = read_ledger(tmp_path / "ledger.jsonl")
    assert (entry.release, json.loads(files["manifest.json"])["release"]) == (name, name)
    assert entry.files == {"tables/own_table.csv": hashlib.sha256(files["tables/own_table.csv"]).hexdigest()}
    shown = {(count.variable, count.level): count.n for count in entry.counts}
    assert len(shown) == 6
    assert (shown["total", "total"], shown["has_domestic_abuse", "missing"]) == (240, None)
    assert {path: path.stat().st_mode & 0o777 for path in (tmp_path / "underlying").iterdir()} == {
        tmp_path / "underlying/index.csv": 0o600,
        tmp_path / "underlying/own_table.csv": 0o600,
    }
    assert (tmp_path / "underlying").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "ledger.jsonl").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "release").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "release/tables/own_table.csv").stat().st_mode & 0o777 == 0o640
    assert left_overs(tmp_path) == []


def test_the_same_once_more_gives_the_same_bytes_and_no_new_entry(tmp_path: Path) -> None:
    release(tmp_path)
    before, ledger = files_of(tmp_path / "release"), (tmp_path / "ledger.jsonl").read_bytes()
    release(tmp_path)
    assert files_of(tmp_path / "release") == before
    assert (tmp_path / "ledger.jsonl").read_bytes() == ledger


def test_the_first_of_two_releases_made_again_is_the_first(tmp_path: Path) -> None:
    first = release(tmp_path)
    before = files_of(tmp_path / "release")
    assert release(tmp_path, aggregates(wales=60)) != first
    ledger = (tmp_path / "ledger.jsonl").read_bytes()
    assert release(tmp_path) == first
    assert files_of(tmp_path / "release") == before
    assert (tmp_path / "ledger.jsonl").read_bytes() == ledger


def test_a_second_release_knows_the_first_and_says_so(tmp_path: Path) -> None:
    first = release(tmp_path)
    heard: list[Sequence[Entry]] = []

    def audit(folder: Path, earlier: Sequence[Entry]) -> tuple[list[str], str]:
        assert (folder / "results.json").is_file()
        heard.append(earlier)
        return [], ""

    second = release(tmp_path, aggregates(wales=60), audit=audit)
    assert [[entry.release for entry in earlier] for earlier in heard] == [[first]]
    page = (tmp_path / "release/contexts/own_table.md").read_text()
    assert f"{first} (" in page
    assert "held another" in page
    assert names(tmp_path) == [first, second]


def test_a_withdrawn_release_counts_no_more(tmp_path: Path) -> None:
    first = release(tmp_path)
    withdraw(tmp_path / "ledger.jsonl", first, read_ledger(tmp_path / "ledger.jsonl")[0].date)
    second = release(tmp_path, aggregates(wales=60))
    assert names(tmp_path) == [second]
    assert first not in (tmp_path / "release/contexts/own_table.md").read_text()
    # Made again it may leave again.
    assert release(tmp_path) == first
    assert names(tmp_path) == [second, first]


def test_what_an_audit_finds_stops_the_release(tmp_path: Path) -> None:
    first = release(tmp_path)
    ledger = (tmp_path / "ledger.jsonl").read_bytes()

    def audit(*_: object) -> tuple[list[str], str]:
        return ["tables/own_table.csv", "tables/own_table.csv", "manifest.json"], "the list\n"

    with pytest.raises(DyadlinkError, match=r"found 3 leak\(s\), most of them in tables/own_table\.csv") as caught:
        release(tmp_path, aggregates(wales=60), audit=audit)
    findings = tmp_path / "logs/findings.txt"
    assert str(findings) in str(caught.value)
    assert (findings.read_text(), findings.stat().st_mode & 0o777) == ("the list\n", 0o600)
    assert not (tmp_path / "release").exists()
    assert not (tmp_path / "underlying").exists()
    assert (tmp_path / "ledger.jsonl").read_bytes() == ledger
    assert names(tmp_path) == [first]
    assert left_overs(tmp_path) == []
    release(tmp_path)
    assert not findings.exists()


def _of_another_study(folder: Path) -> Config:
    release(folder, config=study(folder, title="Twins"))
    return study(folder)


def _tampered(folder: Path) -> Config:
    release(folder)
    path = folder / "ledger.jsonl"
    path.write_text(path.read_text().replace('"n": 240', '"n": 250'))
    return study(folder)


@pytest.mark.parametrize(
    ("prepare", "words"), [(_of_another_study, "of another study"), (_tampered, "chain of hashes is broken")]
)
def test_a_ledger_that_cannot_be_trusted_ends_the_run(
    prepare: Callable[[Path], Config], words: str, tmp_path: Path
) -> None:
    config = prepare(tmp_path)
    ledger = (tmp_path / "ledger.jsonl").read_bytes()
    with pytest.raises(DyadlinkError, match=words):
        release(tmp_path, config=config)
    assert not (tmp_path / "release").exists()
    assert (tmp_path / "ledger.jsonl").read_bytes() == ledger


_N, _SECOND = pl.col("n"), pl.int_range(pl.len()) == 1


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda counts: counts.with_columns(n=pl.when(_SECOND).then(-1).otherwise(_N)), "missing or below zero"),
        (lambda counts: counts.with_columns(n=pl.when(~_SECOND).then(_N)), "missing or below zero"),
        (lambda counts: counts.with_columns(n=_N + 0.5), "must be whole numbers"),
        (lambda counts: counts.with_columns(n=pl.when(_SECOND).then(_N + 3).otherwise(_N)), "do not add up"),
        (lambda counts: counts.filter(pl.col("variable") != "total"), "the total is missing"),
        (lambda counts: pl.concat([counts, counts.tail(1)]), "primary_key"),
        (lambda counts: counts.clear(), "no table holds a row"),
    ],
)
def test_broken_tables_end_the_run_in_one_line_without_a_release(
    broken: Callable[[pl.DataFrame], pl.DataFrame], words: str, tmp_path: Path
) -> None:
    release(tmp_path)
    ledger = (tmp_path / "ledger.jsonl").read_bytes()
    with pytest.raises(DyadlinkError, match=words) as caught:
        release(tmp_path, {"counts": broken(aggregates()["counts"])})
    assert "\n" not in str(caught.value)
    # What an earlier run released is gone too: nobody takes it for this run's.
    assert not (tmp_path / "release").exists()
    assert not (tmp_path / "underlying").exists()
    assert (tmp_path / "ledger.jsonl").read_bytes() == ledger
    assert left_overs(tmp_path) == []


def test_files_of_somebody_else_stay_and_nothing_is_released_beside_them(tmp_path: Path) -> None:
    release(tmp_path)
    (tmp_path / "release/thesis.docx").write_text("years of work")
    (tmp_path / "release/tables/deeper").mkdir()
    (tmp_path / "release/tables/deeper/mine.csv").write_text("a,b\n")
    with pytest.raises(DyadlinkError, match=r"2 file\(s\) that are not of a release"):
        release(tmp_path)
    assert files_of(tmp_path / "release").keys() == {"thesis.docx", "tables/deeper/mine.csv"}


def test_something_that_is_no_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/mine.csv").write_text("a,b\n")
    (tmp_path / "release").symlink_to("elsewhere")
    with pytest.raises(DyadlinkError, match="is not a folder"):
        release(tmp_path)
    assert (tmp_path / "elsewhere/mine.csv").exists()


def test_a_release_added_meanwhile_stops_this_one(tmp_path: Path) -> None:
    def audit(*_: object) -> tuple[list[str], str]:
        other = tmp_path / "other"
        other.mkdir()
        release(other, aggregates(wales=60), config=study(tmp_path))
        return [], ""

    with pytest.raises(DyadlinkError, match="another release was added meanwhile"):
        release(tmp_path, audit=audit)
    assert not (tmp_path / "release").exists()
    assert len(names(tmp_path)) == 1


def test_a_full_disk_at_any_write_leaves_no_release_and_a_whole_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = release(tmp_path)
    old = files_of(tmp_path / "release")
    calls = at = 0

    def fill(owner: object, name: str) -> None:
        original = getattr(owner, name)

        def full(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return original(*arguments, **options)

        monkeypatch.setattr(owner, name, full)

    for owner, name in ((Path, "write_bytes"), (Path, "mkdir"), (Path, "chmod"), (Path, "rename"), (os, "write")):
        fill(owner, name)
    while True:
        at, calls = at + 1, 0
        before = names(tmp_path)
        try:
            release(tmp_path, aggregates(wales=60))
        except DyadlinkError as error:
            assert "No space left on device" in str(error)
        else:
            break
        # At the very first step the old release could not be taken out of its place.
        assert not (tmp_path / "release").exists() or (at == 1 and files_of(tmp_path / "release") == old)
        assert left_overs(tmp_path) == []
        # The ledger is entered before the folder is moved: it may know more than there is, and never less.
        assert names(tmp_path)[: len(before)] == before
    assert at > 15
    assert len(names(tmp_path)) == 2
    assert names(tmp_path)[0] == first
    assert (tmp_path / "release/manifest.json").is_file()


def test_a_run_that_is_killed_at_any_step_leaves_the_old_release_none_or_the_new_one(tmp_path: Path) -> None:
    script = Path(__file__).with_name("killed_releases.py")
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["unwhole"] == []
    assert told["not recovered"] == []
    # Every change to the disk was a place to be killed at; the last one puts the new release in place.
    assert told["kills"] > 40
    assert set(told["states"]) == {"old", "none"}
