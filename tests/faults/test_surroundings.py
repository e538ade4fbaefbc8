"""Clock, locale, time zone, working directory and the name of the folder change nothing in a release."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from disturbed import Study, one_line, shown_files, start

# A clock that is behind cannot be made so: files would still get the time of the machine, and be of the future.
SURROUNDINGS = {
    "ahead, Turkish, the first time zone": ("+1100d", "tr_TR.UTF-8", "Pacific/Kiritimati"),
    "in summer, German, half an hour apart": ("+230d", "de_DE.UTF-8", "America/St_Johns"),
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_the_release_is_the_same_elsewhere(study: Study, tmp_path: Path, name: str) -> None:
    clock, locale, zone = SURROUNDINGS[name]
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout.split()  # noqa: S607
    faketime = shutil.which("faketime")
    assert faketime, "apt-get install faketime"
    assert locale.replace("UTF-8", "utf8") in known, "apt-get install locales; localedef -i tr_TR -f UTF-8 tr_TR.UTF-8"
    folder = tmp_path / "Été à la clé, ıİ (2)"
    folder.mkdir()
    run = start(
        folder,
        study.config,
        before=(faketime, "-m", "-f", clock),
        environment={"LC_ALL": locale, "LANG": locale, "TZ": zone, "FAKETIME_DONT_FAKE_MONOTONIC": "1"},
        cwd=Path("/"),
    )
    told, _ = run.communicate()
    assert run.returncode == 0, told
    assert shown_files(folder) == shown_files(study.folder)


def test_the_report_is_the_same_in_the_plainest_locale(study: Study, finished: Path) -> None:
    run = start(
        finished, study.config, "--forcerun", "release_tables", environment={"LC_ALL": "C", "LANG": "C", "TZ": ""}
    )
    told, _ = run.communicate()
    assert run.returncode == 0, told
    assert shown_files(finished) == shown_files(study.folder)


def test_a_clock_that_was_set_back_between_runs_is_told(study: Study, finished: Path) -> None:
    """Every file of the earlier run is then of the future."""
    for path in sorted((finished / "results").rglob("*")):
        told = path.stat()
        os.utime(path, ns=(told.st_atime_ns + 10**18 // 10, told.st_mtime_ns + 10**18 // 10))
    run = start(finished, study.config, "--forcerun", "build_report")
    told_by_run, _ = run.communicate()
    assert run.returncode != 0
    line = one_line(told_by_run)
    assert ": the file is of the future by the clock of this machine -> set the clock right; if it is, find " in line
    mend = line.split("if it is, ")[1].removesuffix(", and give the same command again")
    assert mend == "find results -newermt now -exec touch {} +"
    subprocess.run(shlex.split(mend), cwd=finished, check=True)  # noqa: S603
    run = start(finished, study.config, "--forcerun", "build_report")
    told_by_run, _ = run.communicate()
    assert run.returncode == 0, told_by_run
    assert shown_files(finished) == shown_files(study.folder)


def test_an_unknown_locale_is_no_matter(study: Study, finished: Path) -> None:
    run = start(finished, study.config, "--config", "study={nonsense: 1}", environment={"LC_ALL": "xx_XX.UTF-8"})
    told, _ = run.communicate()
    assert "unknown key 'study.nonsense'" in one_line(told)
