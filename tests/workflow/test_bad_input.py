"""Bad input ends the run with one clear line, a non-zero code, and nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from snakemake_run import PROJECT, WITHOUT_PRIVILEGE, run_snakemake, write_config

from dyadlink.synthetic import simulate

REAL_SOURCES = "sources: {directory: sources, simulate: null, is_synthetic: true}\n"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "sources"
    simulate(preset="study", seed=1, out=folder, parameters=PROJECT / "synthetic_data/parameters.yaml")
    return folder


def _run_with(simulated: Path, folder: Path, damage: Callable[[Path], object]) -> subprocess.CompletedProcess[str]:
    shutil.copytree(simulated, folder / "sources")
    damage(folder / "sources")
    return run_snakemake(folder, "--configfile", str(write_config(folder, REAL_SOURCES)), "--quiet", "all")


def _told(done: subprocess.CompletedProcess[str]) -> str:
    lines = {line for line in (done.stdout + done.stderr).splitlines() if line.startswith("dyadlink: ")}
    assert len(lines) == 1, done.stdout + done.stderr
    return lines.pop()


def _assert_nothing_written(folder: Path) -> None:
    assert not (folder / "results/release").exists()
    assert not list((folder / "results").rglob("*.parquet"))
    assert not list(folder.rglob("*.part"))


def test_records_that_are_not_synthetic_are_never_simulated_over(tmp_path: Path) -> None:
    record = tmp_path / "real/nhs/keep.csv"
    record.parent.mkdir(parents=True)
    record.write_text("Person_ID\n", encoding="utf-8")
    os.utime(record, (0, 0))
    os.utime(tmp_path / "real", (0, 0))
    config = write_config(tmp_path, "sources: {directory: real}\n")
    done = run_snakemake(tmp_path, "--configfile", str(config), "--quiet", "all")
    assert done.returncode != 0
    assert "would delete them -> set sources.simulate to null" in _told(done)
    assert record.read_text(encoding="utf-8") == "Person_ID\n"


def test_test_numbers_among_real_records_stop_the_study(simulated: Path, tmp_path: Path) -> None:
    shutil.copytree(simulated, tmp_path / "sources")
    config = write_config(tmp_path, "sources: {directory: sources, simulate: null}\n")
    done = run_snakemake(tmp_path, "--configfile", str(config), "--quiet", "all")
    assert done.returncode != 0
    told = _told(done)
    assert "sources/nhs/identifiers.csv: holds NHS numbers that are never issued" in told
    assert not (tmp_path / "results/release").exists()


def test_missing_file(simulated: Path, tmp_path: Path) -> None:
    done = _run_with(simulated, tmp_path, lambda sources: (sources / "nhs/mhsds/MHS501HospProvSpell.csv").unlink())
    assert done.returncode != 0
    assert "MHS501HospProvSpell.csv: file not found -> " in _told(done)
    assert "; dyadlink check-inputs lists all that is wrong" in _told(done)
    _assert_nothing_written(tmp_path)


def test_missing_column(simulated: Path, tmp_path: Path) -> None:
    def damage(sources: Path) -> None:
        path = sources / "nhs/msds/MSD401BabyDemographics.csv"
        path.write_text(
            path.read_text(encoding="utf-8").replace("PregOutcome", "PregnancyOutcome", 1), encoding="utf-8"
        )

    done = _run_with(simulated, tmp_path, damage)
    assert done.returncode != 0
    told = _told(done)
    assert "MSD401BabyDemographics.csv, line 1: missing column(s) PregOutcome (is it 'PregnancyOutcome'?) -> " in told
    _assert_nothing_written(tmp_path)


def test_unreadable_xml(simulated: Path, tmp_path: Path) -> None:
    def damage(sources: Path) -> None:
        path = sorted(sources.glob("authorities/*/cin/*.xml"))[0]
        path.write_bytes(path.read_bytes()[:20_000])

    done = _run_with(simulated, tmp_path, damage)
    assert done.returncode != 0
    told = _told(done)
    assert ".xml, line " in told
    assert "is not well-formed XML -> " in told
    _assert_nothing_written(tmp_path)


def test_a_folder_without_permission(simulated: Path, tmp_path: Path) -> None:
    shutil.copytree(simulated, tmp_path / "sources")
    (tmp_path / "sources/nhs/msds").chmod(0)
    config = write_config(tmp_path, REAL_SOURCES)
    before = WITHOUT_PRIVILEGE if os.geteuid() == 0 else ()
    done = run_snakemake(tmp_path, "--configfile", str(config), "--quiet", "all", before=before)
    (tmp_path / "sources/nhs/msds").chmod(0o700)
    assert done.returncode != 0
    assert "sources/nhs/msds: folder cannot be read (Permission denied) -> check its permissions" in _told(done)


def test_an_authority_that_is_in_no_list(simulated: Path, tmp_path: Path) -> None:
    def damage(sources: Path) -> None:
        path = sources / "reference/authorities.csv"
        header, _, *others = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join([header, *others]), encoding="utf-8")

    done = _run_with(simulated, tmp_path, damage)
    assert done.returncode != 0
    told = _told(done)
    assert "the authority is in no list of authorities (rule authority_unknown) -> " in told
    assert "2 more reason(s) to stop: dyadlink check-inputs lists them" in told
    _assert_nothing_written(tmp_path)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("study: {index_windw_days: 365}\n", "unknown key 'study.index_windw_days'"),
        ("linkage: {match_probability_threshold: 1.5}\n", "key 'linkage.match_probability_threshold'"),
        ("study: {first_birth_date: 2030-01-01}\n", "first_birth_date"),
    ],
)
def test_mistyped_configuration(tmp_path: Path, override: str, message: str) -> None:
    done = run_snakemake(tmp_path, "--configfile", str(write_config(tmp_path, override)), "--quiet", "all")
    assert done.returncode != 0
    assert message in _told(done)
    assert "Traceback" not in done.stderr
