"""Fixtures of the model tests."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis_table import make_analysis_table

from dyadlink.models.specification import ModelSpec, Term


@pytest.fixture(scope="session")
def analysis() -> pl.DataFrame:
    return make_analysis_table(2000, seed=7)


@pytest.fixture
def o1_spec() -> ModelSpec:
    return _spec("o1", "all", "logistic")


@pytest.fixture
def o4_spec() -> ModelSpec:
    return _spec("o4", "in_custody_at_t2", "cox")


def _spec(outcome: str, population: str, family: str) -> ModelSpec:
    return ModelSpec(
        name=f"{outcome}_{family}",
        role="primary",
        outcome=outcome,
        population=population,
        family=family,
        terms=(
            Term(name="deprivation", kind="linear"),
            Term(name="has_domestic_abuse", kind="binary"),
            Term(name="diagnosis_group", kind="categorical", reference="depression"),
        ),
    )
