"""What a large run is told to take before it starts."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from dyadlink import needs
from dyadlink.config import Resources
from dyadlink.needs import LARGE_ROWS, Needs, needs_of, tell_needs, words_of


def _file(path: Path, size: float) -> Path:
    """A file of so many bytes that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(int(size))
    return path


def test_the_country_is_told_as_it_was_measured(tmp_path: Path) -> None:
    # 551 MB of Parquet, 19.2 million rows, a limit of 2 GB: 416 s and 2.88 GB up to the release.
    found = needs_of([_file(tmp_path / "a.parquet", 551e6)], Resources(memory_limit="2GB"))
    assert found is not None
    assert found.rows == pytest.approx(19.2e6, rel=0.05)
    assert found.seconds == pytest.approx(416, rel=0.05)
    assert found.memory == pytest.approx(2.88, rel=0.05)
    # 331 MB of it had 2.1 GB of working tables in staging.
    part = needs_of([_file(tmp_path / "b.parquet", 331e6)], Resources())
    assert part is not None
    assert part.disk == pytest.approx(2.1 + 0.2, rel=0.1)
    assert part.memory == pytest.approx(1.9)


@pytest.mark.parametrize(("rows", "is_told"), [(LARGE_ROWS - 1, False), (LARGE_ROWS, True)])
def test_a_small_run_is_told_nothing(tmp_path: Path, rows: int, is_told: bool) -> None:
    told = tell_needs([_file(tmp_path / "a.csv", rows * 400)], Resources(), tmp_path)
    assert (told is not None) == is_told


def test_a_file_that_two_steps_read_counts_once_and_a_missing_one_is_for_the_step_to_tell(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.parquet", 29 * LARGE_ROWS)
    once, twice = needs_of([path], Resources()), needs_of([path, path], Resources())
    assert once is not None
    assert once == twice
    assert needs_of([path, tmp_path / "none.parquet"], Resources()) is None


_NEEDS = Needs(rows=19e6, seconds=416, memory=2.9, disk=4.0)


@pytest.mark.parametrize(
    ("memory", "disk", "warned"),
    [
        (2.9, 4.0, []),
        (None, 4.0, []),
        (2.8, 4.0, ["too little memory -> lower resources.memory_limit, or take a larger machine"]),
        (2.9, 3.9, ["too little disk -> set resources.temp to a larger one"]),
    ],
)
def test_one_line_warns_of_what_is_too_small(memory: float | None, disk: float, warned: list[str]) -> None:
    told = words_of(_NEEDS, memory, disk, Path("results/record_level"))
    assert "19 million rows: about 7 min, 2.9 GB of memory" in told
    assert "\n" not in told
    assert re.findall(r"WARNING: (.+)", told) == warned


def test_both_warnings_stand_in_one_line_and_temp_is_where_disk_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path / "a.parquet", 29 * LARGE_ROWS)
    monkeypatch.setattr(needs, "_free_memory", lambda: 0.1)
    monkeypatch.setattr(needs, "_DISK_PER_MILLION", 1e9)
    told = tell_needs([path], Resources(temp=tmp_path / "not yet there"), tmp_path)
    assert told is not None
    assert f"free in {tmp_path / 'not yet there'}; WARNING: too little memory" in told
    assert told.endswith("too little disk -> set resources.temp to a larger one")


def test_a_job_of_slurm_has_the_memory_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_MEM_PER_NODE", "100")
    assert needs._free_memory() == pytest.approx(0.1)


def test_two_thousand_files_take_no_time(tmp_path: Path) -> None:
    paths = [_file(tmp_path / f"{number}.xml", 400 * 1000) for number in range(2000)]
    begun = time.perf_counter()
    assert tell_needs(paths, Resources(), tmp_path) is not None
    assert time.perf_counter() - begun < 0.2
