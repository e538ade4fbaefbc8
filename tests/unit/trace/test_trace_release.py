"""What is told of a release: its files, its entry in the ledger, and what was changed since."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from small_release import ROOT, aggregates, context, places, study

from dyadlink.audit.gate import gate
from dyadlink.cli import main
from dyadlink.disclosure.transaction import release_study
from dyadlink.ledger import read_ledger
from dyadlink.trace.chain import trace

TABLE = "release/tables/own_table.csv"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder of results with a release, its ledger and what it was made of."""
    folder = tmp_path / "results"
    config = study(folder)
    made_of = aggregates()
    told = {"code_version": "9", "lock_sha256": "l" * 64, "config_sha256": "c" * 64}
    inputs = {"inputs_sha256": {"records": {"england_returns": "r" * 64}, "identifiers": {"england_returns": "i" * 64}}}
    whole = {**context(config), "provenance": told | inputs}
    release_study(made_of, config, whole, places(folder), gate(config.disclosure.rules))
    (folder / "aggregate").mkdir()
    for name, frame in made_of.items():
        frame.write_parquet(folder / "aggregate" / f"{name}.parquet")
    return folder


def _trace(results: Path, output: str = "own_table") -> dict[str, Any]:
    return trace(output, ROOT, results / "release")


def test_a_released_table_is_traced_to_the_records(results: Path) -> None:
    found = _trace(results)
    entry = read_ledger(results / "ledger.jsonl")[0]
    assert found["output"]["state"] == "unchanged"
    assert found["output"]["released_sha256"] == hashlib.sha256((results / TABLE).read_bytes()).hexdigest()
    assert [step["rule"] for step in found["steps"]] == [
        "release_tables",
        "describe_cohort",
        "build_cohort",
        "link_infants",
        "stage_sources",
    ]
    (released,) = found["steps"][0]["tables"]
    assert (released["table"], released["reads"]) == ("release/own_table", ["aggregate/counts"])
    assert found["release"]["ledger"]["date"] == entry.date.isoformat()
    assert found["release"]["ledger"]["made_of_what_stands"] is True
    assert found["sources"][0]["records_sha256"] == "r" * 64
    assert found["made_by"]["code_version"] == "9"
    assert found["made_by"]["steps_told_by"]["is_of_the_release"] is False
    assert found["warnings"] == []
    assert found["steps"][1]["tables"][0]["made_at"].endswith("UTC")


def test_places_of_the_steps_are_those_of_the_files(results: Path) -> None:
    for step in _trace(results)["steps"]:
        lines = (ROOT / step["file"]).read_text(encoding="utf-8").splitlines()
        assert lines[step["line"] - 1].strip() == f"rule {step['rule']}:"
        for table in step["tables"]:
            path, _, line = table["query"].partition(":")
            text = (ROOT / path).read_text(encoding="utf-8").splitlines()
            assert not line or table["table"].rpartition("/")[2] in text[int(line) - 1]
            assert all((ROOT / query).is_file() for query in table["further_queries"])


def test_settings_are_told_with_the_values_of_the_release(results: Path) -> None:
    of_rule = {step["rule"]: step["config"] for step in _trace(results)["steps"]}
    assert of_rule["describe_cohort"]["linkage.match_probability_threshold"] == 0.9
    assert of_rule["build_cohort"]["study"]["follow_up_days"] == 365


@pytest.mark.parametrize("path", [TABLE, "release/contexts/own_table.md", "release/manifest.json"])
def test_a_file_that_was_changed_by_hand_is_told(results: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    (results / path).write_text((results / path).read_text(encoding="utf-8") + " \n", encoding="utf-8")
    assert main(["trace", str(results / path)]) == 1
    assert "NOT as it was made" in capsys.readouterr().out
    # Whoever asks for another file hears of it too.
    told = path.removeprefix("release/")
    assert (
        f"{told}: changed since it was released" in _trace(results, str(results / "release/results.json"))["warnings"]
    )


def test_a_change_with_its_checksums_is_told_by_the_name_of_the_release_and_by_the_ledger(results: Path) -> None:
    old = hashlib.sha256((results / TABLE).read_bytes()).hexdigest()
    (results / TABLE).write_text(
        (results / TABLE).read_text(encoding="utf-8").replace(",240,", ",250,"), encoding="utf-8"
    )
    new = hashlib.sha256((results / TABLE).read_bytes()).hexdigest()
    for path in (results / "release").rglob("*"):
        if path.is_file() and path.suffix in {".txt", ".json", ".md"}:
            path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    for path in ("manifest.json", "results.json", "contexts/own_table.md"):
        again = hashlib.sha256((results / "release" / path).read_bytes()).hexdigest()
        (results / f"release/checksums/{path}.txt").write_text(again, encoding="utf-8")
    assert new != old
    found = _trace(results)
    assert found["output"]["state"] == "unchanged"
    name = found["release"]["name"]
    assert found["warnings"] == [
        f"manifest.json: its list of tables is not that of release {name}",
        "the ledger names other files under the name of this release",
    ]


def test_a_missing_and_a_foreign_file_are_told(results: Path) -> None:
    (results / "release/contexts/own_table.md").unlink()
    (results / "release/tables/more.csv").write_text("n\n12\n", encoding="utf-8")
    assert _trace(results)["warnings"] == [
        "contexts/own_table.md: missing",
        "tables/more.csv: not part of the release",
    ]


def test_unrounded_tables_of_another_run_and_a_withdrawn_release_are_told(results: Path) -> None:
    aggregates(wales=44)["counts"].write_parquet(results / "aggregate/counts.parquet")
    name = _trace(results)["release"]["name"]
    assert main(["ledger", "withdraw", name, "--ledger", str(results / "ledger.jsonl")]) == 0
    assert _trace(results)["warnings"] == [
        "the release was withdrawn in the ledger",
        "the unrounded tables that stand now are not those of the release",
    ]


def test_outside_the_release_folder_is_enough(results: Path, tmp_path: Path) -> None:
    outside = tmp_path / "sent"
    shutil.copytree(results / "release", outside)
    found = trace("own_table", ROOT, outside)
    assert found["release"]["ledger"] is None
    assert found["warnings"] == []
    assert len(found["steps"]) == 5
    # The ledger may be kept elsewhere.
    told = trace("own_table", ROOT, outside, results / "ledger.jsonl")
    assert told["release"]["ledger"]["names_the_same_files"] is True


def test_a_copy_is_known_by_its_content_and_a_changed_copy_by_its_name(results: Path, tmp_path: Path) -> None:
    copy = tmp_path / "table 2 of the paper.csv"
    shutil.copy(results / TABLE, copy)
    assert _trace(results, str(copy))["output"]["name"] == "own_table"
    changed = tmp_path / "own_table.csv"
    changed.write_text("n\n1\n", encoding="utf-8")
    assert _trace(results, str(changed))["warnings"] == [
        f"{changed}: not as it was made: changed by hand, or of another release"
    ]


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("no_table", "no_table: not known in release "),
        ("tables/none.csv", "tables/none.csv: no such file -> "),
        ("table-99", "table-99: the report of this release has "),
    ],
)
def test_what_is_not_known_is_told_in_one_line(
    results: Path, output: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", output, "--release", str(results / "release")]) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith(f"dyadlink: {told}")
    assert streams.err.count("\n") == 1


def test_a_file_of_nobody_and_a_folder_without_a_release_are_told_in_one_line(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.csv").write_text("n\n1\n", encoding="utf-8")
    for arguments in (
        [str(tmp_path / "other.csv"), "--release", str(results / "release")],
        ["own_table", "--release", str(tmp_path / "nowhere")],
    ):
        assert main(["trace", *arguments]) == 1
        assert capsys.readouterr().err.count("\n") == 1


def test_nothing_unrounded_is_told(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "own_table", "--release", str(results / "release"), "--json"]) == 0
    told = capsys.readouterr().out
    entry = read_ledger(results / "ledger.jsonl")[0]
    counts = results / "aggregate/counts.parquet"
    hidden = {entry.inputs, hashlib.sha256(counts.read_bytes()).hexdigest()}
    hidden |= {hashlib.sha256(path.read_bytes()).hexdigest() for path in (results / "underlying").iterdir()}
    assert len(hidden) >= 4
    assert not [one for one in hidden if one in told]
    exact = {str(n) for n in pl.read_parquet(counts)["n"] if n > 9 and n % 10}
    numbers = set(json.dumps(json.loads(told)["output"]).split()) | set(json.dumps(json.loads(told)["release"]).split())
    assert exact
    assert not exact & {number.strip('",') for number in numbers}


def test_a_stored_table_is_traced_by_path_and_by_name(results: Path) -> None:
    by_path = _trace(results, str(results / "aggregate/counts.parquet"))
    by_name = _trace(results, "aggregate/counts")
    assert by_path["steps"] == by_name["steps"]
    assert by_path["steps"][0]["rule"] == "describe_cohort"
    assert by_path["output"]["kind"] == "stored table"
