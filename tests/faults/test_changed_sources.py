"""Records that change under a study are noticed by their hash, whatever their time of change says."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from disturbed import Study, assert_same_results, one_line, start

STAGED = "results/record_level/sources/nhs/mhsds/MHS501HospProvSpell.csv"
IDENTIFIERS = "results/record_level/sources/nhs/identifiers.csv"
CHANGED = "the records are no longer those that the study read (their hash differs) -> delete "


def _change(path: Path) -> bytes:
    """What stood there before; the file then differs in one line end, and says that it was not touched."""
    before, content = path.stat(), path.read_bytes()
    lines = content.splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *reversed(lines[1:])]))
    assert path.read_bytes() != content
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return content


@pytest.mark.parametrize(("name", "role"), [(STAGED, "records"), (IDENTIFIERS, "identifiers")])
def test_a_change_between_runs_stops_the_next_one(study: Study, finished: Path, name: str, role: str) -> None:
    content = _change(finished / name)
    run = start(finished, study.config, "--forcerun", "build_report")
    told, _ = run.communicate()
    assert run.returncode != 0
    assert f"{CHANGED}results/aggregate/{role}_sha256.json" in one_line(told)
    assert_same_results(finished, study)
    (finished / name).write_bytes(content)
    os.utime(finished / name, ns=(1, 1))
    run = start(finished, study.config, "--dry-run")
    told, _ = run.communicate()
    assert run.returncode == 0, told


def test_a_change_during_a_run_stops_it_before_the_release(study: Study, finished: Path) -> None:
    # Made again from the cohort on: by then the sources have been read.
    log = finished / "results/logs/describe_cohort.log"
    log.unlink()
    run = start(finished, study.config, "--forcerun", "describe_cohort", "--until", "release_tables")
    while not log.exists():
        assert run.poll() is None
        time.sleep(0.05)
    _change(finished / STAGED)
    told, _ = run.communicate()
    assert run.returncode != 0
    assert f"{CHANGED}results/aggregate/records_sha256.json" in one_line(told)
    assert not (finished / "results/release").exists()
    # What the line says to do has the records read anew.
    (finished / "results/aggregate/records_sha256.json").unlink()
    run = start(finished, study.config, "--dry-run")
    told, _ = run.communicate()
    assert run.returncode == 0, told
    assert "stage_sources" in told
