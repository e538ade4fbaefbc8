"""What the manifest says of where a release comes from: it changes with its cause, and names no place."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from small_release import ROOT, study

from dyadlink import __version__
from dyadlink.config import Config, load_config
from dyadlink.disclosure.context import settings_told
from dyadlink.disclosure.provenance import provenance_of

CONFIG = load_config(ROOT / "config/config.yaml")
INPUTS = {"records": {"england_returns": "a" * 64}, "identifiers": {"england_returns": None}}
HASH = re.compile(r"[0-9a-f]{64}")


def _git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(  # noqa: S603
        ["git", "-C", str(folder), *who, *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a folder of a telling name, in no checkout."""
    folder = tmp_path / "secret place"
    (folder / "config/codelists").mkdir(parents=True)
    (folder / "config/codelists/areas.csv").write_text("code\nE1\n")
    shutil.copy(ROOT / "config/models.yaml", folder / "config/models.yaml")
    (folder / "requirements.lock").write_text("polars==1.0\n")
    (folder / "Snakefile").write_text("rule all: pass\n")
    (folder / "src").mkdir()
    (folder / "src/code.py").write_text("a = 1\n")
    return folder


def test_everything_is_told_and_no_place(project: Path) -> None:
    told = provenance_of(CONFIG, project, INPUTS)
    assert told.keys() == {
        "code_version", "lock_sha256", "config_sha256", "inputs_sha256", "python_version", "seed",
    }  # fmt: skip
    assert (told["code_version"], told["inputs_sha256"], told["seed"]) == (__version__, INPUTS, 1)
    assert HASH.fullmatch(told["lock_sha256"])
    assert HASH.fullmatch(told["config_sha256"])
    assert "secret" not in json.dumps(told)
    assert told == provenance_of(CONFIG, project, INPUTS)


def test_real_records_have_no_seed_and_an_environment_may_have_no_lock(project: Path) -> None:
    (project / "requirements.lock").unlink()
    told = provenance_of(study(project), project, INPUTS)
    assert "seed" not in told
    assert told["lock_sha256"] is None


def _other_threshold(_: Path) -> Config:
    linkage = CONFIG.linkage.model_copy(update={"match_probability_threshold": 0.5})
    return CONFIG.model_copy(update={"linkage": linkage})


def _file(name: str) -> Callable[[Path], Config]:
    def change(project: Path) -> Config:
        with (project / name).open("a") as file:
            file.write("# more\n")
        return CONFIG

    return change


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (_other_threshold, "config_sha256"),
        (_file("config/models.yaml"), "config_sha256"),
        (_file("config/codelists/areas.csv"), "config_sha256"),
        (_file("requirements.lock"), "lock_sha256"),
    ],
)
def test_a_hash_changes_with_its_cause_alone(project: Path, change: Callable[[Path], Config], key: str) -> None:
    before = provenance_of(CONFIG, project, INPUTS)
    after = provenance_of(change(project), project, INPUTS)
    assert {name for name in before if before[name] != after[name]} == {key}


def test_folders_addresses_and_what_a_step_may_take_are_told_nowhere(project: Path) -> None:
    # Who guesses a folder's name could else hold the guess against the hash.
    moved = CONFIG.model_copy(
        update={
            "sources": CONFIG.sources.model_copy(update={"directory": Path("/secret/records")}),
            "disclosure": CONFIG.disclosure.model_copy(update={"ledger": Path("/secret/ledger.jsonl")}),
            "linkage": CONFIG.linkage.model_copy(update={"pseudonym_key_file": Path("/secret/key")}),
            "resources": CONFIG.resources.model_copy(update={"threads": 16, "temp": Path("/secret/scratch")}),
        }
    )
    assert settings_told(moved) == settings_told(CONFIG)
    assert provenance_of(moved, project, INPUTS) == provenance_of(CONFIG, project, INPUTS)


def test_a_checkout_tells_its_revision_and_whether_it_was_changed(project: Path) -> None:
    def version() -> str:
        return str(provenance_of(CONFIG, project, INPUTS)["code_version"])

    _git(project, "init", "--quiet")
    assert version() == __version__
    _git(project, "add", ".")
    _git(project, "commit", "--quiet", "-m", "begin")
    revision = _git(project, "rev-parse", "HEAD")
    assert version() == f"{__version__}, revision {revision}"
    # Configuration has a hash of its own.
    _file("config/models.yaml")(project)
    assert version() == f"{__version__}, revision {revision}"
    (project / "src/new.py").write_text("b = 2\n")
    assert version() == f"{__version__}, revision {revision}, changed since"


def test_a_copy_inside_a_checkout_of_something_else_is_not_taken_for_it(project: Path) -> None:
    (project.parent / "own.txt").write_text("x\n")
    _git(project.parent, "init", "--quiet")
    _git(project.parent, "add", "own.txt")
    _git(project.parent, "commit", "--quiet", "-m", "of something else")
    assert provenance_of(CONFIG, project, INPUTS)["code_version"] == __version__


def test_without_git_the_version_stands_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance_of(CONFIG, project, INPUTS)["code_version"] == __version__
