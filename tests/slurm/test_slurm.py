"""The committed extract through a real SLURM of one node: the same release as without, byte for byte."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import one_node
import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
PROFILE = PROJECT / "profiles/slurm"
CONFIG = PROJECT / "synthetic_data/extract/study.yaml"
ON_THIS_SLURM = (
    *("--profile", str(PROFILE), "--slurm-no-account", "--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "3", "--default-resources", "slurm_partition=main"),
)


@pytest.fixture(scope="module")
def slurm() -> Iterator[Path]:
    with one_node.one_node() as folder:
        yield folder


def _run(folder: Path, *arguments: str) -> None:
    folder.mkdir()
    (folder / "synthetic_data").symlink_to(PROJECT / "synthetic_data")
    snakemake = Path(sys.executable).with_name("snakemake")
    command = [str(snakemake), "--snakefile", str(PROJECT / "Snakefile"), "--directory", str(folder)]
    path = f"{snakemake.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603
        [*command, "--configfile", str(CONFIG), *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def _released(folder: Path) -> dict[str, bytes]:
    release = folder / "results/release"
    return {str(path.relative_to(release)): path.read_bytes() for path in release.rglob("*") if path.is_file()}


def _jobs() -> dict[str, dict[str, str]]:
    """What SLURM remembers of each job, by the rule that its comment names."""
    told = subprocess.run(["scontrol", "show", "job", "--oneliner"], capture_output=True, text=True, check=True)  # noqa: S607
    jobs = [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in told.stdout.splitlines() if line.strip()]
    return {job["Comment"].removeprefix("rule_").partition("_wildcards")[0]: job for job in jobs}


def test_the_release_is_that_of_a_run_without_slurm(slurm: Path, tmp_path: Path) -> None:
    assert slurm.is_dir()
    here, there = tmp_path / "here", tmp_path / "there"
    _run(here, "--cores", "2")
    _run(there, *ON_THIS_SLURM)
    released = _released(there)
    assert len(released) > 100
    assert released == _released(here)
    jobs = _jobs()
    settings = yaml.safe_load((PROFILE / "config.yaml").read_text(encoding="utf-8"))["set-resources"]
    assert set(jobs) == {*settings} - {"simulate_sources", "predict_outcomes"}
    for rule, job in jobs.items():
        asked = re.search(r"mem=([\d.]+)([MG])", job["TRES"])
        assert job["JobState"] == "COMPLETED"
        assert asked is not None
        assert float(asked[1]) * {"M": 1, "G": 1024}[asked[2]] == pytest.approx(settings[rule]["mem_mb"], rel=0.01)
        assert _minutes(job["TimeLimit"]) == settings[rule]["runtime"]


def _minutes(limit: str) -> int:
    hours, minutes, _ = (int(part) for part in limit.split(":"))
    return hours * 60 + minutes


def test_a_slurm_that_stands_is_not_touched(slurm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert slurm.is_dir()
    own = tmp_path / "slurm.conf"
    own.write_text("ClusterName=theirs\n", encoding="utf-8")
    monkeypatch.setattr(one_node, "CONFIGURATION", own)
    with (
        pytest.raises(one_node.CannotStartError, match="a SLURM of its own, which is not touched"),
        one_node.one_node(),
    ):
        pass
    assert own.read_text(encoding="utf-8") == "ClusterName=theirs\n"


def test_what_is_missing_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_node, "PROGRAMS", ("no_such_program",))
    with pytest.raises(one_node.CannotStartError, match="no_such_program not found: apt-get install"):
        one_node.check_possible()
