"""Two releases side by side, and what both together give away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from clean_folder import Row, clean_folder, write_csv
from gallery import EARLIER, LEDGER_TABLE

from dyadlink.audit.comparing import Change, compare_releases
from dyadlink.cli import main
from dyadlink.profiles import PROFILES

HEADER = ["variable", "level", "status", "n", "percent"]
BEFORE: list[Row] = [
    ("total", "total", "rounded", 200, 100.0),
    ("smoking", "never", "rounded", 120, 60.0),
    ("smoking", "former", "suppressed_secondary", None, None),
    ("parity", "0", "rounded", 100, 50.0),
]
AFTER: list[Row] = [
    ("total", "total", "rounded", 210, 100.0),
    ("smoking", "never", "rounded", 120, 57.1),
    ("smoking", "former", "rounded", 80, 38.1),
    ("parity", "1", "rounded", 100, 47.6),
]


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    for name, rows in (("a", BEFORE), ("b", AFTER)):
        write_csv(tmp_path / name / "tables/t.csv", HEADER, rows)
    write_csv(tmp_path / "a/tables/old.csv", HEADER, BEFORE)
    write_csv(tmp_path / "b/tables/new.csv", HEADER, AFTER)
    return tmp_path / "a", tmp_path / "b"


def test_what_came_went_and_changed_is_told_with_the_numbers_side_by_side(two: tuple[Path, Path]) -> None:
    t = "tables/t.csv"
    assert compare_releases(*two) == [
        Change("tables/old.csv", "", "file_went"),
        Change("tables/new.csv", "", "file_came"),
        Change(t, "variable=parity, level=0", "row_went"),
        Change(t, "variable=total, level=total", "number", "n", "200", "210"),
        Change(t, "variable=smoking, level=never", "number", "percent", "60.0", "57.1"),
        Change(t, "variable=smoking, level=former", "status", "status", "suppressed_secondary", "rounded"),
        Change(t, "variable=smoking, level=former", "number", "n", "", "80"),
        Change(t, "variable=smoking, level=former", "number", "percent", "", "38.1"),
        Change(t, "variable=parity, level=1", "row_came"),
    ]


def test_the_same_twice_is_no_change_and_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        clean_folder(tmp_path / name, PROFILES["strict"])
    assert main(["diff-release", str(tmp_path / "a"), str(tmp_path / "b"), "--profile", "strict"]) == 0
    assert capsys.readouterr().out == "nothing changed\n\nthe difference discloses nothing\n"


@pytest.fixture
def telling(tmp_path: Path) -> tuple[Path, Path]:
    """Of two releases each hides enough, and each shows what the other one hides."""
    counts = [(c.variable, c.level, c.status, c.n) for c in EARLIER.counts]
    write_csv(tmp_path / "a/tables/extra.csv", ["variable", "level", "status", "n"], counts)
    clean_folder(tmp_path / "b", PROFILES["ukllc"])
    LEDGER_TABLE(tmp_path / "b/tables/extra.csv")
    return tmp_path / "a", tmp_path / "b"


def test_a_difference_that_gives_a_count_away_ends_with_1(
    telling: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = telling
    assert main(["diff-release", str(one), str(other), "--profile", "ukllc", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {finding["rule"] for finding in told["disclosed"]} == {"A07"}
    assert any("level=former" in f["place"] and f["file"] == "tables/extra.csv" for f in told["disclosed"])
    went = {change["file"] for change in told["changes"] if change["kind"] == "row_went"}
    assert went == set()
    assert {"kind": "number", "column": "n", "before": "53", "after": ""}.items() <= next(
        change for change in told["changes"] if change["kind"] == "number"
    ).items()


def test_either_way_round_the_count_is_given_away(
    telling: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = telling
    assert main(["diff-release", str(other), str(one), "--profile", "ukllc"]) == 1
    assert "that both together give away" in capsys.readouterr().out


def test_the_profile_is_that_of_the_second_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        clean_folder(tmp_path / name, PROFILES["strict"])
    assert main(["diff-release", str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert "--profile" in capsys.readouterr().err
    manifest = {"title": "A study", "profile": PROFILES["strict"].model_dump(mode="json"), "files": []}
    (tmp_path / "b/manifest.json").write_text(json.dumps(manifest))
    assert main(["diff-release", str(tmp_path / "a"), str(tmp_path / "b")]) == 0


@pytest.mark.parametrize(("content", "words"), [(None, "is not a folder"), ("", "holds no table"), ('"', "is no CSV")])
def test_what_cannot_be_compared_ends_with_2(
    content: str | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean_folder(tmp_path / "a", PROFILES["strict"])
    if content is not None:
        (tmp_path / "b").mkdir()
        (tmp_path / "b/t.csv" if content else tmp_path / "b/t.txt").write_text(f"a,n\n{content}b,20\n")
    assert main(["diff-release", str(tmp_path / "a"), str(tmp_path / "b"), "--profile", "strict"]) == 2
    assert words in capsys.readouterr().err
