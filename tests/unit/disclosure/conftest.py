"""Fixtures of the disclosure tests."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_aggregates import make_aggregates

from dyadlink.disclosure import Profile, get_profile


@pytest.fixture
def strict() -> Profile:
    return get_profile("strict")


@pytest.fixture
def unrounded() -> Profile:
    """Counts are shown to the last one, so that a lone hidden count is the total less the others."""
    return get_profile("ukllc")


@pytest.fixture(scope="session")
def small_aggregates() -> dict[str, pl.DataFrame]:
    """As small as the seed study: much of it must be hidden."""
    return make_aggregates(278)
