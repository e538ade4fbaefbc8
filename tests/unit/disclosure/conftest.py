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


@pytest.fixture(scope="session")
def small_aggregates() -> dict[str, pl.DataFrame]:
    """As small as the seed study: much of it must be hidden."""
    return make_aggregates(278)
