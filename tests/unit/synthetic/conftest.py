"""One small world for all tests of the generator."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyadlink.synthetic import Parameters, load_parameters, simulate

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def parameters_path() -> Path:
    return ROOT / "synthetic_data" / "parameters.yaml"


@pytest.fixture(scope="session")
def parameters(parameters_path: Path) -> Parameters:
    return load_parameters(parameters_path)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, parameters_path: Path) -> Path:
    out = tmp_path_factory.mktemp("synthetic") / "world"
    simulate("study", 7, out, parameters_path)
    return out


@pytest.fixture(scope="session")
def schema_folder() -> Path:
    return ROOT / "tests" / "data" / "cin_xsd"
