"""What single mothers do to the models: right, among the records alone, and told without naming anyone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dyadlink.models.cox import fit_cox
from dyadlink.models.influence import describe_influence, measure_influence, write_influence
from dyadlink.models.logistic import fit_logistic
from dyadlink.models.refits.models import FittedModel, fit_model
from dyadlink.models.refits.peak import sum_by_cluster


@pytest.mark.parametrize("kind", ["logistic", "cox"])
def test_the_most_influential_mother_is_she_whom_leaving_out_moves_most(
    kind: str, request: pytest.FixtureRequest
) -> None:
    model: FittedModel = request.getfixturevalue(kind)
    first = measure_influence([model]).row(0, named=True)
    kept = model.design.clusters != first["mother_number"]
    fit = fit_cox if kind == "cox" else fit_logistic
    without = fit(
        replace(
            model.design,
            matrix=model.design.matrix[kept],
            event=model.design.event[kept],
            days=model.design.days[kept],
            clusters=model.design.clusters[kept],
        )
    )
    place = next(
        i for i, p in enumerate(model.design.parameters) if (p.term, p.level) == (first["term"], first["level"])
    )
    change = model.fit.coefficients[place] - without.coefficients[place]
    # One step of Newton's method is not the whole way.
    assert first["dfbeta"] == pytest.approx(change, rel=0.15)
    assert first["dfbetas"] == pytest.approx(first["dfbeta"] / model.fit.std_errors[place])


def test_changes_of_all_mothers_give_the_clustered_covariance(cox: FittedModel) -> None:
    """R's robust variance is the sum of squares of `residuals(..., "dfbeta", collapse =)`."""
    assert cox.refit is not None and cox.peak is not None
    by_mother = sum_by_cluster(
        cox.refit.residuals(cox.peak, np.ones(len(cox.design.event), dtype=bool)), cox.design.clusters
    )
    squares = ((by_mother @ cox.peak.inverse) ** 2).sum(axis=0)
    assert np.sqrt(squares) == pytest.approx(cox.fit.std_errors, abs=1e-8)


def test_each_mother_has_one_row_and_the_largest_comes_first(cox: FittedModel, logistic: FittedModel) -> None:
    rows = measure_influence([logistic, cox])
    of_cox = rows.filter(model="o4_cox")
    assert of_cox.height == len(np.unique(cox.design.clusters))
    assert of_cox["dfbetas"].abs().is_sorted(descending=True)


def test_the_file_is_open_to_its_owner_alone(tmp_path: Path, cox: FittedModel) -> None:
    path = tmp_path / "influence.parquet"
    rows = measure_influence([cox])
    write_influence(rows, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert pl.read_parquet(path).equals(rows)
    assert [each.name for each in tmp_path.iterdir()] == ["influence.parquet"]


def test_the_terminal_hears_one_figure_for_each_model_and_of_no_mother(cox: FittedModel, logistic: FittedModel) -> None:
    rows = measure_influence([logistic, cox])
    largest = rows.filter(model="o4_cox")["dfbetas"].abs().max()
    lines = describe_influence(rows)
    assert lines[1] == f"o4_cox: largest |dfbetas| of a mother {largest:.2f}"
    assert len(lines) == 2
    assert not any(term in line for line in lines for term in rows["term"].unique())


def test_a_model_without_estimates_has_no_rows(study: pl.DataFrame, cox: FittedModel) -> None:
    assert measure_influence([fit_model(study.head(30), cox.spec)]).is_empty()
