"""A covariate that changes on its day, against R (tests/r/heart.R): Stanford heart transplants (Crowley & Hu 1977).

Measured: 1e-13 of estimates and standard errors, 1e-12 of the tests; 1e-9 leaves room for another processor.
"""

from __future__ import annotations

import polars as pl
import pytest
from r_answers import design_of, distance, read_answers, read_heart

from dyadlink.models.cox import fit_cox
from dyadlink.models.proportional_hazards import score_tests
from dyadlink.models.readmission import READMISSION, split_at_readmission

TOLERANCE = 1e-9
TERMS = {"time_varying": [READMISSION], "adjusted": ["age", "year", "surgery", READMISSION]}


@pytest.mark.parametrize("name", list(TERMS))
def test_split_on_its_day(name: str) -> None:
    answers = read_answers("heart_answers").filter(model=name)
    design = design_of(split_at_readmission(read_heart()), TERMS[name], "id")
    fit = fit_cox(design)
    assert fit.problem == ""
    assert distance(fit.coefficients, answers["estimate"]) < TOLERANCE
    assert distance(fit.std_errors, answers["std_error"]) < TOLERANCE
    tests = score_tests(design)
    assert distance([tests[term][0] for term in TERMS[name]], answers["zph_statistic"]) < TOLERANCE


def test_handbook() -> None:
    """As if known at the start transplants seem to save three lives in four; as they happened, none."""
    patients = read_heart()
    split = fit_cox(design_of(split_at_readmission(patients), [READMISSION], "id"))
    assert abs(split.coefficients[0] - 0.12714113) < 1e-8
    known_at_start = patients.with_columns(pl.col("readmission_days").is_not_null().alias(READMISSION))
    naive = fit_cox(design_of(known_at_start.filter(pl.col("days") > 1), [READMISSION], "id"))
    assert abs(naive.coefficients[0] - -1.3022673) < 1e-7


def test_counts_are_of_patients() -> None:
    design = design_of(split_at_readmission(read_heart()), [READMISSION], "id")
    assert (design.n_dyads, len(design.event), int(design.event.sum())) == (103, 172, 75)
