"""The tutorial's commands run as they stand there, in a copy of the project, and print what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from snakemake_run import PROJECT

PAGE = (PROJECT / "docs/tutorial/first-run.md").read_text(encoding="utf-8")
COMMANDS = r"^```(?:sh|\{ \.sh( \.fails) \})\n(.*?)^```\n"
PRINTED = r"(?:(?:(?!```).)*?^```text\n(.*?)^```)?"
BLOCKS = re.findall(COMMANDS + PRINTED, PAGE, flags=re.MULTILINE | re.DOTALL)
CHECKED = (PROJECT / "docs/how-to/check-a-release.md").read_text(encoding="utf-8")
PARTS = [
    "Makefile",
    "Snakefile",
    "pyproject.toml",
    "requirements.lock",
    "config",
    "profiles",
    "src",
    "synthetic_data",
    "workflow",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as one gets it, with the environment that `make setup` would install."""
    folder = tmp_path_factory.mktemp("tutorial") / "dyad link"
    folder.mkdir()
    for part in PARTS:
        place = PROJECT / part
        copy = shutil.copytree if place.is_dir() else shutil.copyfile
        copy(place, folder / part)
    _install(folder)
    return folder


def _install(folder: Path) -> None:
    """An environment with the packages of the tests' own, and the copy's code before them."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)  # noqa: S603
    packages = sysconfig.get_path("purelib")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (folder / f".venv/lib/{version}/site-packages/here.pth").write_text(f"{folder / 'src'}\n{packages}\n")
    for name, module, function in (("snakemake", "snakemake.cli", "main"), ("dyadlink", "dyadlink.cli", "main")):
        script = folder / ".venv/bin" / name
        # The path of the interpreter may hold a blank, which a first line that names it cannot.
        script.write_text(
            f"#!/bin/sh\n'''exec' '{folder / '.venv/bin/python'}' \"$0\" \"$@\"\n' '''\n"
            f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n"
        )
        script.chmod(0o755)
    (folder / ".venv/.run-ready").touch()


def test_the_tutorial_runs_as_it_is_written(folder: Path) -> None:
    assert len(BLOCKS) >= 8
    # One shell for all, as a reader has: what is activated or exported holds for the next command.
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "MAKEFLAGS"}}
    script = "".join(f"echo '<<{n}'\n{commands}echo \">>$?\"\n" for n, (_, commands, _) in enumerate(BLOCKS))
    done = subprocess.run(  # noqa: S603
        ["bash", "-c", f"exec 2>&1\n{script}"],  # noqa: S607
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    told = re.findall(r"^<<\d+\n(.*?)^>>(\d+)\n", done.stdout, flags=re.MULTILINE | re.DOTALL)
    assert len(told) == len(BLOCKS), done.stdout
    for (fails, commands, expected), (printed, code) in zip(BLOCKS, told, strict=True):
        assert (code != "0") == bool(fails), f"{commands}{printed}"
        assert re.search(_pattern(expected), printed, flags=re.MULTILINE), f"{commands}{printed}"
    assert (folder / "results/report/index.html").is_file()
    assert (folder / "my-study/results/report/index.html").is_file()


def test_the_page_for_output_checkers_shows_what_this_release_tells(folder: Path) -> None:
    """After the run of the tutorial: its outputs, but for hashes and dates, are those of *Check a release*."""
    asked = re.findall(r"^    \$ (dyadlink (?:audit|ledger) .+)\n((?:    [^$\n]+\n)+)", CHECKED, flags=re.MULTILINE)
    assert len(asked) == 3
    for command, expected in asked:
        words = ["bash", "-c", f". .venv/bin/activate; {command}"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603
        assert _without_hashes(done.stdout) == _without_hashes(expected), command
    underlying = (folder / "results/underlying/outcomes.csv").read_text(encoding="utf-8").splitlines()
    assert "\n".join(f"    {line}" for line in underlying[:7]) in CHECKED
    context = (folder / "results/release/contexts/outcomes.md").read_text(encoding="utf-8")
    quoted = " ".join(line.removeprefix(">") for line in CHECKED.splitlines() if line.startswith(">")).split()
    shown = " ".join(quoted).partition(" **File.**")[0]
    assert shown in " ".join(context.split())
    n_tables = len(list((folder / "results/release/tables").glob("*.csv")))
    assert f"{n_tables} tables; every number" in CHECKED


def _without_hashes(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    return re.sub(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b|\d{4}-\d\d-\d\d", "-", "\n".join(lines))


def _pattern(expected: str) -> str:
    """What the page shows, where `...` on a line of its own stands for lines and elsewhere for the rest of a phrase."""
    lines = [r"(?:.*\n)*?" if line == "..." else _line(line) for line in expected.splitlines()]
    return r"(?:.*\n)*" + "".join(lines)


def _line(line: str) -> str:
    return r".*".join(map(re.escape, line.split("..."))) + r"\n"


def test_every_block_of_output_follows_its_command() -> None:
    assert PAGE.count("```text") == sum(bool(expected) for _, _, expected in BLOCKS)
    assert PAGE.count("```sh") + PAGE.count("```{ .sh") == len(BLOCKS)
