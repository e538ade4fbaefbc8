"""A results folder says of which format it is, and of what its links were made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dyadlink.config import Config, load_config
from dyadlink.errors import ConfigError, DyadlinkError
from dyadlink.results_folder import (
    FORMAT,
    SETTINGS,
    STUDY_FIELDS,
    check_format,
    links_are_final,
    mark_purged,
    settings_of_links,
    write_format,
    write_settings,
)
from dyadlink.sql import PARAMETER

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def config() -> Config:
    return load_config(PROJECT / "config/config.yaml")


def _purged(results: Path, config: Config) -> Path:
    plain = config.model_dump(mode="json")
    (results / SETTINGS).parent.mkdir(parents=True)
    write_settings(results, settings_of_links(plain["study"], plain["sources"], plain["linkage"]))
    mark_purged(results, "2026-11-23")
    return results


def test_a_new_folder_and_one_of_this_format_are_taken(tmp_path: Path) -> None:
    check_format(tmp_path / "none")
    (tmp_path / "record_level/sources").mkdir(parents=True)  # records that were laid there, and no run yet
    (tmp_path / "ledger.jsonl").write_text("", encoding="utf-8")
    check_format(tmp_path)
    write_format(tmp_path)
    (tmp_path / "aggregate").mkdir()
    check_format(tmp_path)
    assert json.loads((tmp_path / "format.json").read_text(encoding="utf-8"))["format"] == FORMAT


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "results of format 0, written by an earlier version"),
        ("no json", "results of format 0, written by an earlier version"),
        ("[]", "results of format 0, written by an earlier version"),
        (f'{{"format": {FORMAT + 1}, "written_by": "9.1"}}', f"results of format {FORMAT + 1}, written by version 9.1"),
        (f'{{"format": {FORMAT + 1}}}', f"results of format {FORMAT + 1}, written by a later version"),
    ],
)
def test_one_of_another_format_is_refused_in_a_line_that_says_what_to_do(
    tmp_path: Path, content: str | None, told: str
) -> None:
    (tmp_path / "aggregate").mkdir()
    if content is not None:
        (tmp_path / "format.json").write_text(content, encoding="utf-8")
    with pytest.raises(DyadlinkError, match=told) as caught:
        check_format(tmp_path)
    assert " -> move the folder aside (its ledger*.jsonl stays in its place) and run again" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_links_are_made_again_until_identifiers_were_purged(tmp_path: Path, config: Config) -> None:
    assert not links_are_final(tmp_path, config)
    assert links_are_final(_purged(tmp_path, config), config)


def test_after_a_purge_later_stages_may_change_and_what_links_are_made_of_may_not(
    tmp_path: Path, config: Config
) -> None:
    results = _purged(tmp_path, config)
    later = config.model_copy(update={"study": config.study.model_copy(update={"follow_up_days": 100})})
    assert links_are_final(results, later)
    other = config.model_copy(update={"linkage": config.linkage.model_copy(update={"seed": 2})})
    with pytest.raises(ConfigError, match=r"^linkage\.seed: identifiers were purged"):
        links_are_final(results, other)
    (results / SETTINGS).unlink()
    with pytest.raises(ConfigError, match="identifiers were purged"):
        links_are_final(results, config)


def test_links_depend_on_the_fields_of_the_study_that_their_queries_name() -> None:
    queries = (PROJECT / "workflow/sql/linkage").glob("*.sql")
    named = {name for path in queries for name in PARAMETER.findall(path.read_text(encoding="utf-8"))}
    study = set(load_config(PROJECT / "config/config.yaml").study.model_dump())
    assert named & study == set(STUDY_FIELDS)
