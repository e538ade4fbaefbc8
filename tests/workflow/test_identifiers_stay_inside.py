"""A whole run on planted identifiers: none outside the linkage, no file for others, no socket off the machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from canaries import NAMES, Identifiers, Watch, plant, search
from snakemake_run import PROJECT, run_snakemake, write_config

from dyadlink.cli import main
from dyadlink.results_folder import write_format
from dyadlink.synthetic import simulate

RECORDS = "sources: {directory: sources, simulate: null, is_synthetic: true}\n"
LINKAGE = "results/record_level/linkage"


@dataclass(frozen=True)
class Run:
    """A finished run, and what was seen of it."""

    folder: Path
    canaries: Identifiers
    watch: Watch
    sockets: list[str]
    told: str

    def files(self) -> Iterator[Path]:
        """Every file but the sources themselves."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and not path.is_relative_to(self.folder / "sources"):
                yield path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("identifiers")
    simulate(preset="study", seed=1, out=folder / "sources", parameters=PROJECT / "synthetic_data/parameters.yaml")
    shutil.rmtree(folder / "sources/truth")
    days = re.findall(r"\d{4}-\d\d-\d\d", (PROJECT / "config/config.yaml").read_text(encoding="utf-8"))
    canaries = plant(folder / "sources", frozenset(days))
    (folder / "temp").mkdir()
    # What a command that was killed left: no step of the run works in this folder.
    left = folder / LINKAGE / ".review"
    left.mkdir(parents=True)
    (left / "tables.duckdb").write_text("Quillfeather", encoding="utf-8")
    write_format(folder / "results")
    sockets = folder / "sockets.txt"
    environment = {
        "TMPDIR": str(folder / "temp"),
        "PYTHONPATH": os.pathsep.join([str(PROJECT / "tests/workflow/no_network"), os.environ.get("PYTHONPATH", "")]),
        "DYADLINK_TEST_SOCKETS": str(sockets),
    }
    config = write_config(folder, RECORDS)
    watched = [folder / "temp", folder / ".snakemake", folder / "results/logs", folder / "results/record_level/staging"]
    before = os.umask(0)
    try:
        with Watch(canaries, str(folder / "temp"), watched) as watch:
            done = run_snakemake(folder, "--configfile", str(config), environment=environment)
    finally:
        os.umask(before)
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    return Run(folder, canaries, watch, sockets.read_text(encoding="utf-8").splitlines(), told)


def test_sources_that_are_sound_run_without_simulation(run: Run) -> None:
    assert (run.folder / "results/report/index.html").is_file()
    assert not (run.folder / "results/release/tables/planted_effects.csv").exists()


def test_enough_is_planted_and_found_where_it_stands(run: Run) -> None:
    assert min(len(run.canaries.nhs_numbers), len(run.canaries.postcodes), len(run.canaries.birth_dates)) > 200
    identifiers = (run.folder / "sources/nhs/identifiers.csv").read_bytes()
    assert all(identifiers.lower().count(name.encode()) > 50 for name in NAMES)
    assert search(identifiers, run.canaries) == {
        *("name", "NHS number", "postcode", "birth date", "birth date of an infant")
    }


@pytest.fixture(scope="module")
def found(run: Run) -> dict[str, set[str]]:
    """The kinds of identifiers by file, of every file in which there are any."""
    files = list(run.files())
    assert len(files) > 200
    searched = {str(path.relative_to(run.folder)): search(path.read_bytes(), run.canaries) for path in files}
    return {name: kinds for name, kinds in searched.items() if kinds}


def test_no_identifier_stands_outside_the_linkage_and_none_in_what_it_keeps(found: dict[str, set[str]]) -> None:
    told = {name: kinds - {"birth date of an infant"} for name, kinds in found.items()}
    assert {name: kinds for name, kinds in told.items() if kinds} == {}


def test_birth_dates_of_infants_stay_among_the_records(found: dict[str, set[str]]) -> None:
    """Every window of the study begins at them (ADR 28)."""
    held = {name for name, kinds in found.items() if "birth date of an infant" in kinds}
    assert "results/record_level/staging/births.parquet" in held
    assert {name for name in held if not name.startswith("results/record_level/")} == set()


def test_no_name_of_a_file_is_one(run: Run) -> None:
    assert {
        str(path) for path in run.files() if search(str(path.relative_to(run.folder)).encode(), run.canaries)
    } == set()


def test_none_was_seen_while_the_run_was_at_work(run: Run) -> None:
    # Working tables hold the records as they came, until their step ends; staged births hold infants' dates.
    inside, of_infants = r"birth date.* in .*/staging/\.working/", r"birth date of an infant in .*/staging/"
    leaks = {leak for leak in run.watch.leaks if not re.match(f"{inside}|{of_infants}", leak)}
    assert leaks == set()
    assert search(run.told.encode(), run.canaries) == set()
    assert any(b"link_infants" in command for command in run.watch.commands)
    assert any(".working" in str(path) for path in run.watch.files)


def test_jobs_take_no_more_threads_than_they_have(run: Run) -> None:
    scripts = [command for command in run.watch.commands if b".snakemake/scripts/" in command]
    assert len(scripts) >= 5
    for command in scripts:
        told = dict(re.findall(rb"(\w+_THREADS)=(\d+)", command))
        assert told[b"POLARS_MAX_THREADS"] == told[b"OMP_NUM_THREADS"] == told[b"OPENBLAS_NUM_THREADS"]
        threads = 2 if re.search(rb"(link_infants|stage_sources|build_cohort)\.py", command) else 1
        assert told[b"OMP_NUM_THREADS"] == b"%d" % threads


def test_records_are_for_their_owner_alone_whatever_the_mask(run: Run) -> None:
    inside = [run.folder / "results/record_level", *(run.folder / "results/record_level").rglob("*")]
    modes = {str(path): oct(stat.S_IMODE(path.stat().st_mode)) for path in inside}
    assert {path: mode for path, mode in modes.items() if mode != ("0o700" if Path(path).is_dir() else "0o600")} == {}
    aggregate = list((run.folder / "results/aggregate").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in aggregate} == {0o600}
    assert {path for path in run.watch.open_to_others if "record_level" in str(path)} == set()


def test_no_temporary_file_is_left(run: Run) -> None:
    assert [path for path in (run.folder / "temp").rglob("*") if path.is_file()] == []
    assert list((run.folder / "results/record_level").rglob(".[a-z]*")) == []


def test_no_python_of_a_run_opens_a_socket_off_the_machine(run: Run) -> None:
    watched = [line for line in run.sockets if line.startswith("watched ")]
    assert len(watched) >= 8  # that of Snakemake, and one for each step
    assert set(run.sockets) - set(watched) == set()


def test_after_a_purge_later_stages_run_and_the_linkage_does_not(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "purged"
    shutil.copytree(run.folder, folder)
    linkage, results = folder / LINKAGE, str(folder / "results")
    (linkage / "clerical_review.csv").write_text("Quillfeather", encoding="utf-8")
    (linkage / ".working").mkdir()
    (linkage / ".working/tables.duckdb").write_text("Quillfeather", encoding="utf-8")
    assert main(["purge-identifiers", results]) == 1
    assert main(["purge-identifiers", results, "--dry-run", "--yes"]) == 0
    assert (linkage / "clerical_review.csv").exists()
    capsys.readouterr()
    assert main(["purge-identifiers", results, "--yes"]) == 0
    told = capsys.readouterr().out
    assert "Deleted: 2 file(s) and folder(s)" in told
    assert f"{folder / 'sources/nhs/identifiers.csv'}" in told
    assert not (linkage / "clerical_review.csv").exists()
    assert not (linkage / ".working").exists()

    # What identifies is gone from the sources as well, and so much changes that links would be made anew.
    for path in [folder / "sources/nhs/identifiers.csv", *folder.glob("sources/authorities/*/identifiers.csv")]:
        path.unlink()
    before = {path.name: path.read_bytes() for path in linkage.iterdir() if path.is_file()}
    done = _again(folder, "study: {preterm_days: 258}\n", "--", "results/aggregate/counts.parquet")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Building the cohort" in done.stdout + done.stderr
    assert "Linking infants" not in done.stdout + done.stderr
    assert {path.name: path.read_bytes() for path in linkage.iterdir() if path.is_file()} == before

    done = _again(folder, "study: {first_birth_date: 2020-11-01}\n", "--", "results/aggregate/counts.parquet")
    assert done.returncode != 0
    assert "dyadlink: study.first_birth_date: identifiers were purged, and the links" in done.stdout + done.stderr


def test_results_of_another_format_are_refused(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.folder / "results/release", tmp_path / "results/release")
    done = _again(tmp_path, "", "--dry-run")
    assert done.returncode != 0
    told = f"{done.stdout}{done.stderr}".splitlines()
    line = "dyadlink: results: results of format 0, written by an earlier version; this version ("
    assert [text.startswith(line) for text in told if text.startswith("dyadlink: ")] == [True]
    told_by_run = json.loads((run.folder / "results/format.json").read_text(encoding="utf-8"))
    later = {"format": told_by_run["format"] + 1, "written_by": "9.0"}
    (tmp_path / "results/format.json").write_text(json.dumps(later), encoding="utf-8")
    done = _again(tmp_path, "", "--dry-run")
    assert "written by version 9.0; this version (" in done.stdout + done.stderr
    assert "-> move the folder aside" in done.stdout + done.stderr


def _again(folder: Path, more: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    config = write_config(folder, RECORDS + more)
    return run_snakemake(folder, "--configfile", str(config), *arguments)
