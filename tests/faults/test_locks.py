"""One run at a time in a folder: the second is refused in one line; what a dead one left stands in nobody's way."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path

from disturbed import Study, assert_same_results, one_line, start

from dyadlink.one_run import is_at_work


def test_a_second_run_is_refused_and_the_first_unharmed(study: Study, finished: Path) -> None:
    first = start(finished, study.config, "--forcerun", "build_report")
    while not is_at_work(finished):
        assert first.poll() is None
        time.sleep(0.1)
    second = start(finished, study.config, "--forcerun", "build_report")
    told, _ = second.communicate()
    assert second.returncode != 0
    assert first.poll() is None, "the first run ended before the second was refused"
    assert one_line(told) == (
        f"dyadlink: {finished.resolve()}: another run is at work in this folder -> let it end, or start this one in a "
        "folder of its own (snakemake --directory FOLDER)"
    )
    told, _ = first.communicate()
    assert first.returncode == 0, told
    assert_same_results(finished, study)


def test_a_step_that_outlived_its_run_is_waited_for(study: Study, finished: Path) -> None:
    with (finished / ".snakemake/dyadlink-steps.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        run = start(finished, study.config, "--forcerun", "build_report")
        told, _ = run.communicate()
    assert run.returncode != 0
    assert "a step of a run that was killed is still at work in this folder -> wait" in one_line(told)
    assert_same_results(finished, study)


def test_locks_and_marks_of_a_dead_run_stand_in_nobodys_way(study: Study, finished: Path) -> None:
    locks = finished / ".snakemake/locks"
    locks.mkdir(exist_ok=True)
    (locks / "0.output.lock").write_text("results/report/index.html\nresults/release/manifest.json\n", encoding="utf-8")
    (locks / "0.input.lock").write_text("results/release/manifest.json\n", encoding="utf-8")
    run = start(finished, study.config, "--forcerun", "build_report")
    told, _ = run.communicate()
    assert run.returncode == 0, told
    assert_same_results(finished, study)
