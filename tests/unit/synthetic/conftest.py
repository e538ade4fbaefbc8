"""One small world for all tests of the generator."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyadlink.synthetic import Parameters, load_parameters, simulate
from dyadlink.synthetic.routes import ROUTES

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def parameters_path() -> Path:
    return ROOT / "synthetic_data" / "parameters.yaml"


@pytest.fixture(scope="session")
def parameters(parameters_path: Path) -> Parameters:
    return load_parameters(parameters_path)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, parameters_path: Path) -> Path:
    """A clean world: every record is as it should be."""
    out = tmp_path_factory.mktemp("synthetic") / "world"
    simulate("study", 7, out, parameters_path, flaws="none")
    return out


@pytest.fixture(scope="session")
def heavy_world(tmp_path_factory: pytest.TempPathFactory, parameters_path: Path) -> Path:
    """The same world with ten times the usual flaws."""
    out = tmp_path_factory.mktemp("synthetic") / "heavy"
    simulate("study", 7, out, parameters_path, flaws="heavy")
    return out


@pytest.fixture(scope="session")
def schema_folder() -> Path:
    return ROOT / "tests" / "data" / "cin_xsd"


@pytest.fixture(scope="session")
def routed(tmp_path_factory: pytest.TempPathFactory, parameters_path: Path) -> Path:
    """The same people on every route, without flaws, so that the routes can be compared row by row."""
    out = tmp_path_factory.mktemp("routes") / "world"
    simulate("study", 7, out, parameters_path, routes=ROUTES, flaws="none")
    return out


@pytest.fixture(scope="session")
def returned(tmp_path_factory: pytest.TempPathFactory, parameters_path: Path) -> Path:
    """These people again, all in the English layout, Wales too."""
    out = tmp_path_factory.mktemp("returns") / "world"
    simulate("study", 7, out, parameters_path, flaws="none")
    return out
