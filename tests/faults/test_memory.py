"""Little memory: DuckDB puts aside what does not fit, and a limit that cannot be kept ends the run in one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from disturbed import Study, assert_nothing_is_half_written, assert_same_results, one_line, start

CGROUP = Path("/sys/fs/cgroup/memory")


def test_a_stated_limit_too_small_is_told_and_more_is_all_it_needs(study: Study, finished: Path) -> None:
    run = start(finished, study.config, "--config", "resources={memory_limit: 1MB}", "--until", "build_cohort")
    told, _ = run.communicate()
    assert run.returncode != 0
    line = one_line(told)
    assert "the memory is not enough -> raise resources.memory_limit" in line
    assert_nothing_is_half_written(finished, study)
    run = start(finished, study.config)
    told, _ = run.communicate()
    assert run.returncode == 0, told
    assert_same_results(finished, study)


@pytest.mark.parametrize("megabytes", [300])
def test_a_step_that_the_system_ends_is_told(study: Study, finished: Path, megabytes: int) -> None:
    """The limit that a machine's control group sets: the system kills the largest process."""
    assert os.access(CGROUP, os.W_OK), "needs the memory controller of control groups, and root"
    group = CGROUP / "dyadlink-test"
    group.mkdir(exist_ok=True)
    try:
        (group / "memory.limit_in_bytes").write_text(str(megabytes * 2**20))
        enter = ("sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh")
        run = start(finished, study.config, "--forcerun", "fit_models", "--until", "fit_models", before=enter)
        told, _ = run.communicate()
    finally:
        group.rmdir()
    assert run.returncode != 0
    assert "a step was ended by the system, most likely for want of memory -> run where" in one_line(told)
    assert_nothing_is_half_written(finished, study)
