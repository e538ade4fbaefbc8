"""Hashes of what was read: of the content and its role, whatever stands around it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from dyadlink.config import Sources, parse_section
from dyadlink.errors import SourceError
from dyadlink.sources.digests import SEEN, check_before_run, digest_sources, look_at
from dyadlink.storage import write_json

RETURNS = "authorities/301/cin/301.xml"


def sources(folder: Path, *inputs: dict[str, Any]) -> Sources:
    return parse_section(Sources, {"directory": folder, "inputs": list(inputs)}, "sources")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    for name in ("nhs/mhsds/MHS001MPI.csv", RETURNS, "nhs/identifiers.csv", "truth/links.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}\n")
    return folder


def test_one_hash_for_each_input_and_the_same_elsewhere(records: Path, tmp_path: Path) -> None:
    told = digest_sources(sources(records), "staging")
    assert told.keys() == {"england_returns"}
    assert re.fullmatch("[0-9a-f]{64}", str(told["england_returns"]))
    records.rename(tmp_path / "moved")
    assert digest_sources(sources(tmp_path / "moved"), "staging") == told


def test_it_changes_with_what_the_stage_reads_and_with_nothing_else(records: Path) -> None:
    def both() -> list[dict[str, str | None]]:
        return [digest_sources(sources(records), "staging"), digest_sources(sources(records), "linkage")]

    before = both()
    (records / "truth/links.csv").write_text("other\n")
    assert both() == before
    (records / "nhs/identifiers.csv").write_text("other\n")
    assert [old == new for old, new in zip(before, both(), strict=True)] == [True, False]
    before = both()
    (records / RETURNS).write_text("other\n")
    assert [old == new for old, new in zip(before, both(), strict=True)] == [False, True]
    before = both()
    # The same content for another authority.
    (records / "authorities/302/cin").mkdir(parents=True)
    (records / RETURNS).rename(records / "authorities/302/cin/302.xml")
    assert both()[0] != before[0]


def test_a_file_of_a_database_its_mapping_and_a_server(tmp_path: Path) -> None:
    mapping, database = tmp_path / "names.yaml", tmp_path / "study.duckdb"
    mapping.write_text("route: england_returns\ntables: {}\n")
    database.write_bytes(b"rows")
    own = {"route": "england_returns", "mapping": mapping}
    given = sources(
        tmp_path,
        {"name": "a", "format": "duckdb", "location": str(database), **own},
        {"name": "b", "format": "postgresql", "location": "SERVER", **own},
    )
    before = digest_sources(given, "staging")
    assert before["b"] is None
    mapping.write_text("route: england_returns\ntables: {}\n# more\n")
    after = digest_sources(given, "staging")
    assert after["a"] != before["a"]
    database.write_bytes(b"other rows")
    assert digest_sources(given, "staging")["a"] != after["a"]


def _swap(path: Path) -> None:
    """The same size and time of change, other content."""
    before = path.stat()
    path.write_text(path.read_text()[::-1])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def kept(records: Path, tmp_path: Path) -> tuple[Path, Path]:
    """What a run keeps of how the files looked, and of their hashes."""
    seen_in, kept_in = tmp_path / SEEN, tmp_path / "records_sha256.json"
    write_json(kept_in, digest_sources(sources(records), "staging"))
    write_json(seen_in, look_at(sources(records), "staging"))
    return seen_in, kept_in


def test_a_change_that_the_time_does_not_tell_is_noticed(records: Path, kept: tuple[Path, Path]) -> None:
    check_before_run(sources(records), "staging", *kept)
    _swap(records / RETURNS)
    with pytest.raises(SourceError, match="no longer those that the study read") as caught:
        check_before_run(sources(records), "staging", *kept)
    assert f"delete {kept[1]} and give the same command again" in str(caught.value)


def test_what_snakemake_sees_by_itself_is_left_to_it(records: Path, kept: tuple[Path, Path]) -> None:
    (records / RETURNS).write_text("another return\n")
    later = kept[0].stat().st_mtime_ns + 10**9
    os.utime(records / RETURNS, ns=(later, later))
    check_before_run(sources(records), "staging", *kept)
    (records / RETURNS).unlink()
    check_before_run(sources(records), "staging", *kept)


def test_the_same_content_touched_or_copied_is_no_change(records: Path, kept: tuple[Path, Path]) -> None:
    content = (records / RETURNS).read_bytes()
    (records / RETURNS).unlink()
    (records / RETURNS).write_bytes(content)
    os.utime(records / RETURNS, ns=(1, 1))
    check_before_run(sources(records), "staging", *kept)


def test_records_that_were_not_read_yet_are_not_asked_for(records: Path, tmp_path: Path) -> None:
    check_before_run(sources(records), "staging", tmp_path / SEEN, tmp_path / "records_sha256.json")
    assert not (tmp_path / SEEN).exists()
