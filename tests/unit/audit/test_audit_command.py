"""The command's ends: 0 for nothing, 1 for findings, 2 for what cannot be audited."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from clean_folder import clean_folder, write_csv
from gallery import EARLIER, LEDGER_TABLE

from dyadlink.cli import main
from dyadlink.ledger import append_entry
from dyadlink.profiles import PROFILES


def _audit(*arguments: object) -> int:
    return main(["audit", *map(str, arguments)])


def test_a_clean_folder_ends_with_0_and_a_leak_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = clean_folder(tmp_path / "release", PROFILES["strict"])
    assert _audit(folder, "--profile", "strict") == 0
    assert capsys.readouterr().out == "nothing found\n"
    write_csv(folder / "extra.csv", ["smoking", "n"], [["current", 7], ["never", 200]])
    assert _audit(folder, "--profile", "strict", "--format", "json") == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["file"], found["rule"]) == ("extra.csv", "A01")
    assert found["place"] == "line 2 (smoking=current), column n"


def test_the_list_goes_to_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    folder = clean_folder(tmp_path / "release", PROFILES["strict"])
    out = tmp_path / "findings.csv"
    assert _audit(folder, "--profile", "strict", "--format", "csv", "--out", out) == 0
    assert out.read_text() == "file,place,rule,title,learns,mend\n"
    assert out.stat().st_mode & 0o777 == 0o600


def test_an_earlier_release_is_held_against_this_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = clean_folder(tmp_path / "release", PROFILES["ukllc"])
    LEDGER_TABLE(folder / "tables/extra.csv")
    ledger = tmp_path / "ledger.jsonl"
    append_entry(ledger, EARLIER)
    assert _audit(folder, "--profile", "ukllc") == 0
    assert _audit(folder, "--profile", "ukllc", "--ledger", ledger) == 1
    assert "A07" in capsys.readouterr().out


def test_a_release_is_not_held_against_itself(tmp_path: Path) -> None:
    folder = clean_folder(tmp_path / "release", PROFILES["ukllc"])
    LEDGER_TABLE(folder / "tables/extra.csv")
    ledger = tmp_path / "ledger.jsonl"
    sha256 = hashlib.sha256((folder / "tables/extra.csv").read_bytes()).hexdigest()
    for told, code in (({"tables/extra.csv": "0" * 64}, 1), ({"tables/extra.csv": sha256}, 0)):
        ledger.unlink(missing_ok=True)
        append_entry(ledger, EARLIER.model_copy(update={"files": told}))
        assert _audit(folder, "--profile", "ukllc", "--ledger", ledger) == code


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


BAD: dict[str, tuple[Callable[[Path], object], list[str], str]] = {
    "no folder": (lambda _: None, ["release", "--profile", "strict"], "is not a folder"),
    "a file": (lambda p: _write(p / "release", "x"), ["release", "--profile", "strict"], "is not a folder"),
    "an empty folder": (lambda p: (p / "release").mkdir(), ["release", "--profile", "strict"], "the folder is empty"),
    "an unknown profile": (
        lambda p: _write(p / "release/a.csv", "a,n\nb,20\n"),
        ["release", "--profile", "lax"],
        "unknown",
    ),
    "a ragged table": (
        lambda p: _write(p / "release/a.csv", "a,b,n\nb,c,20\nc,20\n"),
        ["release", "--profile", "strict"],
        "a.csv: line 3",
    ),
    "an open quotation": (
        lambda p: _write(p / "release/a.csv", 'a,n\n"b,20\n'),
        ["release", "--profile", "strict"],
        "no well-formed CSV",
    ),
    "null bytes": (
        lambda p: _write(p / "release/a.csv", "a,n\n\0,20\n"),
        ["release", "--profile", "strict"],
        "null bytes",
    ),
    "no ledger": (
        lambda p: _write(p / "release/a.csv", "a,n\nb,20\n"),
        ["release", "--profile", "strict", "--ledger", "none.jsonl"],
        "ledger not found",
    ),
    "a list in the folder": (
        lambda p: _write(p / "release/a.csv", "a,n\nb,20\n"),
        ["release", "--profile", "strict", "--out", "release/list.txt"],
        "lies in the folder",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_audited_ends_with_2(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make, arguments, words = BAD[name]
    monkeypatch.chdir(tmp_path)
    make(tmp_path)
    assert _audit(*arguments) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert told.out == ""
