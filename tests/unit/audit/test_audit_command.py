"""The command's ends: 0 for nothing, 1 for findings, 2 for what cannot be audited."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from clean_folder import clean_folder, write_csv
from gallery import EARLIER, LEDGER_TABLE

from dyadlink.audit.auditor import audit_folder
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


def _with_ledger(folder: Path, old: str = "", new: str = "") -> None:
    _write(folder / "release/a.csv", "a,n\nb,20\n")
    append_entry(folder / "ledger.jsonl", EARLIER)
    if old:
        text = (folder / "ledger.jsonl").read_text(encoding="utf-8")
        assert old in text
        (folder / "ledger.jsonl").write_text(text.replace(old, new), encoding="utf-8")


BAD: dict[str, tuple[Callable[[Path], object], list[str], str]] = {
    "no folder": (lambda _: None, ["release", "--profile", "strict"], "is not a folder"),
    "a file": (lambda p: _write(p / "release", "x"), ["release", "--profile", "strict"], "is not a folder"),
    "an empty folder": (lambda p: (p / "release").mkdir(), ["release", "--profile", "strict"], "the folder is empty"),
    "an unknown profile": (
        lambda p: _write(p / "release/a.csv", "a,n\nb,20\n"),
        ["release", "--profile", "lax"],
        "unknown",
    ),
    "a ledger of another study": (
        _with_ledger,
        ["release", "--profile", "strict", "--ledger", "ledger.jsonl", "--study", "Another"],
        "the ledger is of another study",
    ),
    "a ledger that was changed": (
        lambda p: _with_ledger(p, "53", "54"),
        ["release", "--profile", "strict", "--ledger", "ledger.jsonl"],
        "the ledger was changed",
    ),
    "no place for the list": (
        lambda p: _write(p / "release/a.csv", "a,n\nb,20\n"),
        ["release", "--profile", "strict", "--out", "none/list.txt"],
        "its folder does not exist",
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
    assert told.err.count("\n") == 1
    assert told.out == ""


BROKEN = {
    "a ragged table": ("a,b,n\nb,c,20\nc,20\n", "line 3 has 2 cells and the header 3"),
    "an open quotation": ('a,n\n"b,20\n', "no well-formed CSV"),
    "null bytes": ("a,n\n\0,20\n", "null bytes"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table_is_a_finding_and_the_others_are_audited(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, words = BROKEN[name]
    _write(tmp_path / "release/a.csv", content)
    _write(tmp_path / "release/b.csv", "a,n\nb,20\nc,7\n")
    assert _audit(tmp_path / "release", "--profile", "strict", "--format", "json") == 1
    found = json.loads(capsys.readouterr().out)
    assert [(one["file"], one["rule"]) for one in found] == [("a.csv", "D04"), ("b.csv", "A01")]
    assert words in found[0]["learns"]


def test_a_file_that_may_not_be_opened_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path / "release/a.csv", "a,n\nb,20\n")
    _write(tmp_path / "release/b.csv", "a,n\nb,20\n")
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    found = audit_folder(tmp_path / "release", PROFILES["strict"])
    assert [(one.file, one.rule, one.detail) for one in found] == [
        ("a.csv", "D04", "it cannot be opened (Permission denied)")
    ]


def test_a_list_that_cannot_be_written_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path / "release/a.csv", "a,n\nb,20\n")
    (tmp_path / "list.txt").mkdir()
    assert _audit(tmp_path / "release", "--profile", "strict", "--out", tmp_path / "list.txt") == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_list_fits_the_screen_and_groups_what_is_alike(
    width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("model of a long name", "complete_case", "in_custody_at_t2", f"level {i}", 7 - i) for i in range(3)]
    write_csv(tmp_path / "release/a.csv", ["model", "plan", "people", "level", "n"], [*rows, ("m", "p", "q", "r", 40)])
    monkeypatch.setenv("COLUMNS", str(width))
    assert _audit(tmp_path / "release", "--profile", "strict") == 1
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert [line.strip() for line in lines if line.startswith("    - ")] == [
        f"- line {i + 2} (level=level {i}), column n" for i in range(3)
    ]
    assert sum("A01 a small count is shown" in line for line in lines) == 1
    assert lines[-1] == "3 findings in 1 file: A01 3"
