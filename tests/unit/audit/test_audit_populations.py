"""Tables that say who is counted are joined by these words; others by what they show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from clean_folder import write_csv

from dyadlink.audit.auditor import audit_folder
from dyadlink.audit.populations import told_populations
from dyadlink.profiles import PROFILES

UKLLC = PROFILES["ukllc"]
HEADER = ["variable", "level", "status", "n"]
HIDDEN = "suppressed"
ONE = [("smoking", "never", "shown", 100), ("smoking", "former", HIDDEN, None), ("smoking", "current", HIDDEN, None)]
OTHER = [("smoking", "never", "shown", 100), ("smoking", "former", "shown", 53), ("smoking", "current", HIDDEN, None)]


def _folder(folder: Path, populations: Mapping[str, str], totals: tuple[int | None, int | None] = (160, 160)) -> Path:
    for name, rows, total in zip(("one", "other"), (ONE, OTHER), totals, strict=True):
        shown = [] if total is None else [("total", "total", "shown", total)]
        write_csv(folder / f"tables/{name}.csv", HEADER, [*shown, *rows])
    files = [{"path": f"tables/{name}.csv", "population": words} for name, words in populations.items()]
    (folder / "manifest.json").write_text(json.dumps({"title": "A study", "files": files}), encoding="utf-8")
    return folder


def _rules(folder: Path) -> set[tuple[str, str]]:
    return {(finding.rule, finding.file) for finding in audit_folder(folder, UKLLC)}


# Former and current smokers of the first table are two hidden counts; the second tells one of them.
TOLD = ("A05", "tables/one.csv")


def test_without_words_an_equal_total_joins(tmp_path: Path) -> None:
    assert TOLD in _rules(_folder(tmp_path, {}))


def test_words_for_one_table_alone_change_nothing(tmp_path: Path) -> None:
    assert TOLD in _rules(_folder(tmp_path, {"one": "dyads"}))


def test_the_same_words_join_tables_without_a_total(tmp_path: Path) -> None:
    same = {"one": "All dyads", "other": "all  dyads"}
    # The total of the first is shown; the second shows none, and only the words say that it is of the same people.
    assert TOLD in _rules(_folder(tmp_path / "told", same, (160, None)))
    assert TOLD not in _rules(_folder(tmp_path / "untold", {}, (160, None)))


def test_other_words_part_tables_of_an_equal_total(tmp_path: Path) -> None:
    assert TOLD not in _rules(_folder(tmp_path, {"one": "dyads", "other": "infants"}))


def test_a_variable_whose_shown_numbers_differ_is_another_one(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"one": "dyads", "other": "dyads"})
    rows = [("total", "total", "shown", 160), ("smoking", "never", "shown", 92), *OTHER[1:]]
    write_csv(folder / "tables/other.csv", HEADER, rows)
    assert TOLD not in _rules(folder)


@pytest.mark.parametrize(
    "told",
    [
        {"results": {"a": {"files": [{"name": "a.csv"}], "properties": {"population": "dyads"}}}},
        {"results": {"a": {"files": [{"name": "a.csv"}], "population": "Dyads"}}},
        {"results": {"a": {"files": [{"name": "a.csv", "population": "dyads "}], "population": "infants"}}},
    ],
)
def test_results_in_the_form_of_acro_say_it_too(told: object, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps(told), encoding="utf-8")
    assert told_populations(tmp_path) == {"a.csv": "dyads"}


@pytest.mark.parametrize("told", ["[]", "{", '{"files": 7, "results": [1]}', '{"files": [3, {"path": 7}]}', ""])
def test_a_record_that_says_nothing_is_passed_over(told: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(told, encoding="utf-8")
    assert told_populations(tmp_path) == {}
