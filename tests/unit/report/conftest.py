"""Fixtures of the report tests: releases written through the door."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "disclosure"))

from fake_aggregates import make_aggregates

from dyadlink.disclosure import get_profile, protect_all, write_release
from dyadlink.report.reading import Release, read_release

CONTEXT = {
    "title": "Children's social care involvement after mothers' acute psychiatric care",
    "is_synthetic": True,
    "profile": "strict",
    "definitions": {"Dyad": "One mother and one liveborn infant."},
    "settings": {"study": {"follow_up_days": 365}},
}


@pytest.fixture(scope="session")
def large_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(tmp_path_factory, 2000)


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As small as the seed study: much of it is hidden."""
    return _write(tmp_path_factory, 278)


@pytest.fixture(scope="session")
def small_release(small_folder: Path) -> Release:
    return read_release(small_folder)


def _write(factory: pytest.TempPathFactory, n: int) -> Path:
    folder = factory.mktemp(f"release{n}") / "release"
    write_release(protect_all(make_aggregates(n), get_profile("strict")), CONTEXT, folder)
    return folder
