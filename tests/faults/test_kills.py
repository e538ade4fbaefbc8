"""A run that is killed at any moment is made good by the same command: the same release, byte for byte."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from pathlib import Path

from disturbed import Study, assert_nothing_is_half_written, assert_same_results, kill_group, start

KILLS = 30
KILLS_OF_A_STUDY = 4
SHARE_OF_A_RUN = 0.5
"""The longest life before a kill: short enough that a study is killed several times, long enough for every step."""


def test_a_run_killed_at_random_moments_ends_in_the_same_release(study: Study, tmp_path: Path) -> None:
    draw = random.Random(20)  # noqa: S311
    struck: Counter[str] = Counter()
    n_studies = 0
    while struck.total() < KILLS:
        n_studies += 1
        folder = tmp_path / f"study {n_studies}"
        folder.mkdir()
        n_kills = 0
        while True:
            run = start(folder, study.config)
            try:
                life = draw.uniform(0, SHARE_OF_A_RUN * study.seconds) if n_kills < KILLS_OF_A_STUDY else None
                told, _ = run.communicate(timeout=life)
            except subprocess.TimeoutExpired:
                kill_group(run)
                n_kills += 1
                struck[_at_work(folder)] += 1
                print(f"kill {struck.total()} of study {n_studies} while {_at_work(folder)}", flush=True)
                assert_nothing_is_half_written(folder, study)
                continue
            assert run.returncode == 0, told
            break
        assert_same_results(folder, study)
    print(f"{struck.total()} kills over {n_studies} studies: {dict(sorted(struck.items()))}", flush=True)
    assert len(struck) >= 6


def _at_work(folder: Path) -> str:
    """The step that began last: it empties its log as it begins."""
    logs = sorted((folder / "results/logs").glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
    return logs[-1].stem if logs else "starting"
