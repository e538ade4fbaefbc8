"""`dyadlink ledger`: what stands, whether it was changed, and what never left."""

from __future__ import annotations

from pathlib import Path

import pytest
from gallery import EARLIER

from dyadlink.cli import main
from dyadlink.ledger import append_entry, last_hash, read_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.jsonl"
    append_entry(path, EARLIER)
    append_entry(path, EARLIER.model_copy(update={"release": "second"}))
    return path


def _ledger(*arguments: object) -> int:
    return main(["ledger", *map(str, arguments)])


def test_show_lists_releases_and_withdrawals(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ledger("withdraw", "first", "--reason", "a draft", "--ledger", ledger) == 0
    assert "must not leave" in capsys.readouterr().out
    assert [entry.release for entry in read_ledger(ledger)] == ["second"]
    assert _ledger("show", "--ledger", ledger) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "first  2026-01-01  ukllc  0 tables, 3 counts, withdrawn"
    assert second == "second  2026-01-01  ukllc  0 tables, 3 counts"
    assert third.startswith("first  ")
    assert third.endswith("  withdrawn: a draft")


def test_verify_tells_the_last_hash_and_a_hash_that_is_gone(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noted = last_hash(ledger)
    assert _ledger("verify", "--ledger", ledger, "--study", "A study", "--hash", noted) == 0
    assert capsys.readouterr().out == f"2 line(s), none changed; last hash {noted}\n"
    # Lines cut off at the end are seen by whoever noted the last hash alone.
    ledger.write_text(ledger.read_text().splitlines()[0] + "\n")
    assert _ledger("verify", "--ledger", ledger) == 0
    assert _ledger("verify", "--ledger", ledger, "--hash", noted) == 2
    assert "lines were cut off" in capsys.readouterr().err


def test_what_is_wrong_ends_with_2(ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ledger("withdraw", "third", "--ledger", ledger) == 2
    assert "no release 'third' stands in it -> name one of: first, second" in capsys.readouterr().err
    assert _ledger("verify", "--ledger", ledger, "--study", "Twins") == 2
    ledger.write_text(ledger.read_text().replace('"n": 160', '"n": 170'))
    assert _ledger("show", "--ledger", ledger) == 2
    assert "chain of hashes" in capsys.readouterr().err
    assert _ledger("show", "--ledger", tmp_path / "none.jsonl") == 2
