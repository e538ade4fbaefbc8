"""Numbers of rules, settings and models are no counts and no results of a hidden row; those beside them are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from clean_folder import write_csv

from dyadlink.audit.auditor import audit_folder
from dyadlink.profiles import PROFILES

STRICT = PROFILES["strict"]


def _rules(folder: Path) -> set[tuple[str, str]]:
    return {(finding.rule, finding.place) for finding in audit_folder(folder, STRICT)}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=str)
def test_the_rules_of_a_profile_are_no_counts(profile: object, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"profile": profile.model_dump()}), encoding="utf-8")
    assert _rules(tmp_path) == set()


def test_a_count_among_settings_is_one(tmp_path: Path) -> None:
    told = {"settings": {"n_folds": 5, "seed": 7, "safe_nk_n": 2, "n_deaths": 3}}
    (tmp_path / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    assert _rules(tmp_path) == {("A01", "settings, line 1, column n_deaths")}


HEADER = ["model", "term", "status", "estimate", "landmark_days", "score"]


def _models(folder: Path, *rows: tuple[object, ...]) -> set[tuple[str, str]]:
    shown = [("a", "age", "shown", 0.2, 90, 3), ("a", "imd", "shown", 0.1, 90, 5)]
    write_csv(folder / "tables/estimates.csv", HEADER, [*shown, *rows])
    return _rules(folder)


def test_a_number_that_all_rows_of_a_model_hold_is_none_of_the_hidden_row(tmp_path: Path) -> None:
    hidden = ("suppressed_primary", None, 365, None)
    assert _models(tmp_path, ("a", "sex", "suppressed_primary", None, 90, None)) == set()
    assert _models(tmp_path, ("b", "sex", *hidden), ("b", "age", *hidden)) == set()


def test_a_number_that_only_the_hidden_row_holds_is_found(tmp_path: Path) -> None:
    assert _models(tmp_path, ("a", "sex", "suppressed_primary", None, 90, 4)) == {
        ("A08", "line 4 (term=sex), column score")
    }
    assert _models(tmp_path, ("b", "sex", "suppressed_primary", None, 365, None)) == {
        ("A08", "line 4 (term=sex), column landmark_days")
    }
