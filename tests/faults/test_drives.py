"""Full, read-only and limited drives: one line that says what, where and how to mend; then the same release."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from disturbed import Study, assert_nothing_is_half_written, assert_same_results, one_line, start

pytestmark = pytest.mark.usefixtures("as_root")
MEGABYTES = (2, 12, 18, 24, 27)
ENOUGH = 400


@pytest.fixture
def as_root() -> None:
    assert os.geteuid() == 0, "drives are mounted: run `make test-faults` as root"


@contextmanager
def _mounted(place: Path, *arguments: str) -> Iterator[None]:
    place.mkdir(exist_ok=True)
    _system("mount", *arguments, str(place))
    try:
        yield
    finally:
        _system("umount", str(place))


def _system(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603


def _ends(folder: Path, config: Path, *arguments: str, before: tuple[str, ...] = ()) -> tuple[int, str]:
    run = start(folder, config, *arguments, before=before)
    told, _ = run.communicate()
    return run.returncode, told


def test_a_full_disk_is_told_and_more_room_is_all_it_needs(study: Study, tmp_path: Path) -> None:
    """The disk grows from run to run, so that it is full in one step after another."""
    folder = tmp_path / "disk"
    n_full = 0
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={MEGABYTES[0]}m", "none"):
        for size in MEGABYTES:
            _system("mount", "-o", f"remount,size={size}m", str(folder))
            code, told = _ends(folder, study.config)
            print(f"{size} MB: exit code {code}: {told.splitlines()[-2:]}", flush=True)
            assert_nothing_is_half_written(folder, study)
            if code:
                n_full += 1
                line = one_line(told)
                assert "No space left on device" in line or "the disk is full" in line
                assert " -> " in line
        assert n_full >= 3
        _system("mount", "-o", f"remount,size={ENOUGH}m", str(folder))
        code, told = _ends(folder, study.config)
        assert code == 0, told
        assert_same_results(folder, study)


def test_a_limit_to_the_size_of_files_is_told(study: Study, finished: Path) -> None:
    """In the place of a quota: a real one needs a drive that was made with quotas."""
    limit = ("prlimit", f"--fsize={64 * 1024}")
    code, told = _ends(finished, study.config, "--forcerun", "stage_sources", "--until", "stage_sources", before=limit)
    assert code != 0
    assert "a file is larger than files may be here -> raise the limit (ulimit -f)" in one_line(told)
    assert_nothing_is_half_written(finished, study)
    code, told = _ends(finished, study.config, "--until", "stage_sources")
    assert code == 0, told
    assert_same_results(finished, study)


def test_results_that_cannot_be_written_are_told(study: Study, finished: Path) -> None:
    results = finished / "results"
    with _mounted(results, "--bind", str(results)):
        _system("mount", "-o", "remount,ro,bind", str(results))
        code, told = _ends(finished, study.config, "--forcerun", "build_report")
    assert code != 0
    assert "the drive is read-only -> let it be written" in one_line(told)
    assert_same_results(finished, study)


def test_a_folder_that_cannot_be_written_is_told(study: Study, finished: Path) -> None:
    with _mounted(finished, "--bind", str(finished)):
        _system("mount", "-o", "remount,ro,bind", str(finished))
        code, told = _ends(finished, study.config, "--forcerun", "build_report")
    assert code != 0
    assert "read-only" in one_line(told).lower()
    assert_same_results(finished, study)


def test_records_that_cannot_be_written_are_read_all_the_same(study: Study, tmp_path: Path) -> None:
    shutil.copytree(study.folder / "results/record_level/sources", tmp_path / "records", copy_function=shutil.copy)
    (tmp_path / "run").mkdir()
    config = tmp_path / "own.yaml"
    config.write_text(
        f"sources: {{simulate: null, is_synthetic: true, directory: {tmp_path / 'records'}}}\n", encoding="utf-8"
    )
    records = tmp_path / "records"
    with _mounted(records, "--bind", str(records)):
        _system("mount", "-o", "remount,ro,bind", str(records))
        code, told = _ends(tmp_path / "run", config, "--until", "build_cohort")
    assert code == 0, told
    staged = "results/record_level/staging/births.parquet"
    assert (tmp_path / "run" / staged).read_bytes() == (study.folder / staged).read_bytes()
