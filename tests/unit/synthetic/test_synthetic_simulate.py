"""The same seed gives the same bytes, and bad input gives one line and leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dyadlink.errors import DyadlinkError
from dyadlink.synthetic import load_parameters, simulate


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_runs_give_the_same_bytes(world: Path, tmp_path: Path, parameters_path: Path) -> None:
    simulate("study", 7, tmp_path / "again", parameters_path, flaws="none")
    assert _digest(world) == _digest(tmp_path / "again")


def test_one_core_and_two_give_the_same_bytes(world: Path, tmp_path: Path, parameters_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from dyadlink.synthetic import simulate; "
        "simulate('study', 7, Path(sys.argv[1]), Path(sys.argv[2]), flaws='none')"
    )
    for n_threads in ("1", "2"):
        out = tmp_path / n_threads
        paths = os.pathsep.join([str(parameters_path.parents[1] / "src"), *sys.path])
        environment = {**os.environ, "POLARS_MAX_THREADS": n_threads, "PYTHONPATH": paths}
        command = [sys.executable, "-c", code, str(out), str(parameters_path)]
        subprocess.run(command, check=True, env=environment)  # noqa: S603
        assert _digest(world) == _digest(out)


def test_another_seed_gives_another_world(world: Path, tmp_path: Path, parameters_path: Path) -> None:
    simulate("study", 8, tmp_path / "other", parameters_path)
    assert _digest(world)["truth/dyads.csv"] != _digest(tmp_path / "other")["truth/dyads.csv"]


def test_the_size_is_the_presets(world: Path) -> None:
    lines = (world / "truth" / "dyads.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 278


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("risk: {value: 0.356", "risk: {value: 1.356", "effects.o1.risk.value"),
        ("  twins:", "  triplets:", "infants.twins"),
        ('source: "MHSDS UniqMonthID 1429"', 'source: ""', "mhsds_start.source"),
        ("ward: 0.22", "ward: 0.32", "sum to 1.1"),
        ("has_prior_admission: 1.8", "has_prior_stay: 1.8", "exactly"),
    ],
)
def test_a_wrong_parameter_is_one_line(
    tmp_path: Path, parameters_path: Path, before: str, after: str, message: str
) -> None:
    text = parameters_path.read_text(encoding="utf-8")
    assert before in text
    text = text.replace(before, after, 1)
    path = tmp_path / "parameters.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DyadlinkError, match=re.escape(message)) as error:
        load_parameters(path)
    assert "\n" not in str(error.value)


def test_an_unknown_preset_is_one_line_and_leaves_nothing(tmp_path: Path, parameters_path: Path) -> None:
    with pytest.raises(DyadlinkError, match="no preset 'huge' -> choose one of default, extract, national, study"):
        simulate("huge", 1, tmp_path / "world", parameters_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_parameter_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DyadlinkError, match="cannot be read"):
        simulate("study", 1, tmp_path / "world", tmp_path / "none.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_negative_seed_is_one_line(tmp_path: Path, parameters_path: Path) -> None:
    with pytest.raises(DyadlinkError, match="seed"):
        simulate("study", -1, tmp_path / "world", parameters_path)


def test_a_folder_in_use_is_left_alone(tmp_path: Path, parameters_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DyadlinkError, match="not empty"):
        simulate("study", 1, tmp_path, parameters_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_parent_that_is_a_file_is_one_line(tmp_path: Path, parameters_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DyadlinkError, match="cannot be written"):
        simulate("study", 1, tmp_path / "file" / "world", parameters_path)


def test_a_failure_half_way_leaves_nothing(
    tmp_path: Path, parameters_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("dyadlink.synthetic.write_returns.write_cin", fail)
    with pytest.raises(DyadlinkError, match="Permission denied"):
        simulate("study", 1, tmp_path / "world", parameters_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("route", ["england_returns", "england_research_extract"])
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, route: str) -> None:
    code = (
        "import resource, signal, sys; from dyadlink.cli import main; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)); "
        "sys.exit(main(['simulate', '--preset', 'study', '--route', sys.argv[1], '--out', sys.argv[2]]))"
    )
    out = tmp_path / "full" / "world"
    command = [sys.executable, "-c", code, route, str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last == "dyadlink: world: the folder cannot be written (File too large) -> make room, or choose another"
    assert "Traceback" not in done.stderr
    assert list(out.parent.iterdir()) == []
