"""Fixtures of the tests of the descriptive tables."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis_table import make_analysis_table


@pytest.fixture(scope="session")
def analysis() -> pl.DataFrame:
    return make_analysis_table(300, seed=11)
