"""The same small count is found in whatever kind of file the table stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from clean_folder import png, write_csv
from office_files import write_docx, write_xlsx

from dyadlink.audit.auditor import audit_folder
from dyadlink.profiles import PROFILES, Profile

HEADER, ROWS = ["smoking", "n"], [["never", 200], ["current", 7]]
ANY = PROFILES["strict"].model_copy(
    update={"file_types": ("csv", "tsv", "xlsx", "docx", "html", "md", "json", "parquet", "png", "txt", "pdf", "jpg")}
)


def _rules(folder: Path, profile: Profile = ANY) -> set[tuple[str, str]]:
    return {(finding.rule, finding.file) for finding in audit_folder(folder, profile)}


def _html(path: Path) -> None:
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in (HEADER, *ROWS))
    path.write_text(f"<html><body><table>{rows}</table></body></html>", encoding="utf-8")


WRITERS: dict[str, Callable[[Path], object]] = {
    "a.csv": lambda path: write_csv(path, HEADER, ROWS),
    "semicolons.csv": lambda path: write_csv(path, HEADER, ROWS, ";"),
    "a.tsv": lambda path: write_csv(path, HEADER, ROWS, "\t"),
    "titled.csv": lambda path: path.write_text(
        "Table 1\n\nsmoking,n\nnever,200\ncurrent,7\nSource: the study's own records, as staged\n"
    ),
    "a.xlsx": lambda path: write_xlsx(path, {"counts": [HEADER, *ROWS]}),
    "a.docx": lambda path: write_docx(path, ["Results"], table=[HEADER, *ROWS]),
    "a.html": _html,
    "a.md": lambda path: path.write_text("# Counts\n\n| smoking | n |\n|---|---|\n| never | 200 |\n| current | 7 |\n"),
    "rows.json": lambda path: path.write_text(json.dumps([dict(zip(HEADER, row, strict=True)) for row in ROWS])),
    "columns.json": lambda path: path.write_text(json.dumps({"counts": {"smoking": ["never", "x"], "n": [200, 7]}})),
    "one.json": lambda path: path.write_text(json.dumps({"result": {"n_deaths": 7}})),
    "a.parquet": lambda path: pl.DataFrame(ROWS, schema=HEADER, orient="row").write_parquet(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_small_count_is_found_in_every_kind_of_file(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name)
    assert ("A01", name) in _rules(tmp_path)


def test_lines_of_a_name_alone_head_the_levels_below_them(tmp_path: Path) -> None:
    rows = [["Sex", "", ""], ["girl", 100, 50], ["boy", "*", "*"], ["Age", "", ""], ["young", 70, 30], ["old", 137, 70]]
    write_csv(tmp_path / "a.csv", ["Characteristic", "Linked", "Not linked"], [["Total", 207, 100], *rows])
    found = audit_folder(tmp_path, PROFILES["ukllc"])
    # Boys are what girls leave of the total: 107 and 50; two exact counts that were to be hidden.
    assert {(f.rule, f.place) for f in found} == {
        ("A04", "line 5 (characteristic=boy), column Linked"),
        ("A04", "line 5 (characteristic=boy), column Not linked"),
    }


@pytest.mark.parametrize("name", ["a.xlsx", "a.docx", "a.png", "a.jpg", "a.pdf", "a.json", "a.parquet"])
def test_a_file_that_is_not_what_its_ending_says_cannot_be_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x01\x02 not that")
    assert ("D04", name) in _rules(tmp_path)


def test_text_behind_the_end_of_a_picture_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png() + b"n = 7 deaths")
    assert _rules(tmp_path) == {("E04", "a.png"), ("D04", "a.png")}


def test_places_tell_no_person(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ["patient_name", "n"], [["Ada Byron", 4], ["Eve Smith", 5]])
    write_csv(tmp_path / "b.csv", ["code", "n"], [["9434765919", 4], ["other", 200]])
    for finding in audit_folder(tmp_path, ANY):
        assert not any(word in str(finding) for word in ("Ada", "Byron", "Eve", "9434765919"))
