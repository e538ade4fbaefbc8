"""Fixtures of the robustness tests: the primary models of a study with enough authorities to leave out."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from analysis_table import make_analysis_table
from robust_terms import spec_of

from dyadlink.models.refits.models import FittedModel, fit_model


@pytest.fixture(scope="session")
def study() -> pl.DataFrame:
    """Twenty authorities: sixteen of some size and four with a handful of dyads."""
    frame = make_analysis_table(1500, seed=11)
    shares = np.array([*np.linspace(1, 3, 16), *[0.08] * 4])
    codes = np.random.default_rng(5).choice([str(300 + place) for place in range(20)], 1500, p=shares / shares.sum())
    return frame.with_columns(la_code=pl.Series(codes))


@pytest.fixture(scope="session")
def logistic(study: pl.DataFrame) -> FittedModel:
    return fit_model(study, spec_of("o1", "all", "logistic"))


@pytest.fixture(scope="session")
def cox(study: pl.DataFrame) -> FittedModel:
    return fit_model(study, spec_of("o4", "in_custody_at_t2", "cox"))
