"""Cox models against R (tests/r/cox_lung.R, cox_mgus2.R).

Measured: 1e-15 on coefficients and clustered standard errors; 1e-9 leaves room for another processor.
"""

from __future__ import annotations

import polars as pl
import pytest
from r_answers import design_of, distance, read_answers, read_lung, read_mgus2

from dyadlink.models.cox import fit_cox
from dyadlink.models.design import Parameter, build_design

TOLERANCE = 1e-9
COLUMNS = ["age", "sex", "ph_ecog"]


@pytest.mark.parametrize("cluster", ["inst", "patient"])
def test_lung_clustered(cluster: str) -> None:
    answers = read_answers("cox_lung").filter(
        pl.col("model") == {"inst": "by_institution", "patient": "by_patient"}[cluster]
    )
    design = design_of(read_lung().drop_nulls(cluster), COLUMNS, cluster)
    fit = fit_cox(design)
    assert fit.problem == ""
    assert (len(design.event), design.event.sum()) == answers.row(0)[-2:]
    assert distance(fit.coefficients, answers["estimate"]) < TOLERANCE
    assert distance(fit.std_errors, answers["std_error"]) < TOLERANCE


def test_lung_categorical() -> None:
    answers = read_answers("cox_lung").filter(pl.col("model") == "categorical")
    lung = read_lung().drop_nulls(["inst", "ph_ecog"]).filter(pl.col("ph_ecog") <= 2)
    parameters = (
        Parameter("age", "linear", "", ""),
        Parameter("ph_ecog", "categorical", "1", "0"),
        Parameter("ph_ecog", "categorical", "2", "0"),
    )
    fit = fit_cox(build_design(lung, parameters, "inst"))
    assert distance(fit.coefficients, answers["estimate"]) < TOLERANCE
    assert distance(fit.std_errors, answers["std_error"]) < TOLERANCE


@pytest.mark.parametrize("cause", ["pcm", "death"])
def test_mgus2_cause_specific(cause: str) -> None:
    answers = read_answers("cox_mgus2").filter(pl.col("model") == cause)
    frame = read_mgus2().with_columns(event=pl.col("state") == cause)
    fit = fit_cox(design_of(frame, ["age", "is_male", "mspike"], "dxyr"))
    assert distance(fit.coefficients, answers["estimate"]) < TOLERANCE
    assert distance(fit.std_errors, answers["std_error"]) < TOLERANCE


def test_frozen_answers_are_the_published_ones() -> None:
    published = [0.0110668, -0.5526124, 0.4637285]
    answers = read_answers("cox_lung").filter(pl.col("model") == "by_patient")
    assert distance(published, answers["estimate"]) < 1e-7
