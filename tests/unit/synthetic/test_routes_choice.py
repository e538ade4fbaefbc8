"""Routes are chosen by name; bad choices are one line and leave nothing behind."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dyadlink.cli import main
from dyadlink.errors import DyadlinkError
from dyadlink.synthetic import simulate
from dyadlink.synthetic.routes import ROUTES


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("n_threads", ["1", "2"])
def test_cores_do_not_change_the_bytes_of_a_route(
    routed: Path, tmp_path: Path, parameters_path: Path, n_threads: str
) -> None:
    code = (
        "import sys; from pathlib import Path; from dyadlink.synthetic import simulate; "
        "simulate('study', 7, Path(sys.argv[1]), Path(sys.argv[2]), routes=sys.argv[3:], flaws='none')"
    )
    out = tmp_path / "world"
    paths = os.pathsep.join([str(parameters_path.parents[1] / "src"), *sys.path])
    environment = {**os.environ, "POLARS_MAX_THREADS": n_threads, "PYTHONPATH": paths}
    command = [sys.executable, "-c", code, str(out), str(parameters_path), *ROUTES]
    subprocess.run(command, check=True, env=environment)  # noqa: S603
    assert _digest(routed) == _digest(out)


@pytest.mark.parametrize("flaws", ["default", "heavy"])
def test_flawed_records_reach_every_route(tmp_path: Path, parameters_path: Path, flaws: str) -> None:
    simulate("study", 11, tmp_path / "world", parameters_path, routes=ROUTES, flaws=flaws)
    assert all((tmp_path / "world" / route).is_dir() for route in ROUTES[1:])


def test_other_routes_do_not_change_the_english_files(routed: Path, returned: Path) -> None:
    with_routes, alone = _digest(routed), _digest(returned)
    welsh = {"681", "670"}
    files = [name for name in alone if name.startswith("authorities/") and name.split("/")[1] not in welsh]
    assert len(files) > 100
    assert all(with_routes[name] == alone[name] for name in files)
    assert not any(name.startswith(("authorities/681", "authorities/670")) for name in with_routes)
    truth = [name for name in alone if name.startswith("truth/")]
    assert all(with_routes[name] == alone[name] for name in truth)


@pytest.mark.parametrize("route", ROUTES[1:])
def test_a_route_alone_is_the_same_as_with_the_others(
    routed: Path, tmp_path: Path, parameters_path: Path, route: str
) -> None:
    simulate("study", 7, tmp_path / "one", parameters_path, routes=(route,), flaws="none")
    assert _digest(tmp_path / "one" / route) == _digest(routed / route)
    assert not (tmp_path / "one" / "nhs").exists()
    assert (tmp_path / "one" / "truth" / "dyads.csv").exists()


@pytest.mark.parametrize(
    ("routes", "message"),
    [(("scotland",), "there is no route 'scotland'"), ((), "no route"), (("wales_sail", "wales_sail"), "one twice")],
)
def test_a_wrong_route_is_one_line_and_leaves_nothing(
    tmp_path: Path, parameters_path: Path, routes: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DyadlinkError, match=re.escape(message)) as error:
        simulate("study", 1, tmp_path / "world", parameters_path, routes=routes)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", ["681", "999"])
def test_a_local_route_needs_an_english_authority(tmp_path: Path, parameters_path: Path, code: str) -> None:
    text = parameters_path.read_text(encoding="utf-8")
    assert 'local_authority: {value: "330"' in text
    path = tmp_path / "parameters.yaml"
    path.write_text(text.replace('local_authority: {value: "330"', f'local_authority: {{value: "{code}"'), "utf-8")
    with pytest.raises(DyadlinkError, match=f"'{code}' is no English authority"):
        simulate("study", 1, tmp_path / "world", path, routes=("england_local_ssd",))
    assert list(tmp_path.iterdir()) == [path]


def test_the_command_takes_several_routes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "world"
    options = ["simulate", "--preset", "study", "--out", str(out), "--route", "wales_sail", "--route"]
    assert main([*options, "england_local_ssd"]) == 0
    assert {path.name for path in out.iterdir()} == {"README.txt", "england_local_ssd", "truth", "wales_sail"}
    assert main([*options, "nowhere"]) != 0
    assert "dyadlink:" in capsys.readouterr().err
