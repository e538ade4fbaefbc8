"""A regression on the rows of a table, by the methods of the workflow."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dyadlink.errors import SourceError
from dyadlink.models.design import Units, build_design, list_parameters
from dyadlink.models.guards import events_per_parameter
from dyadlink.models.inference import coefficient_row
from dyadlink.models.methods import Method, choose_method, fit_once, remarks_on_fit
from dyadlink.schemas import check_table
from dyadlink.table_models.cases import TableCases
from dyadlink.table_models.results import TableEstimates
from dyadlink.table_models.specification import TableModel


def fit_regression(cases: TableCases, model: TableModel, path: Path) -> pl.DataFrame:
    """The coefficients; one row per (term, level), reference levels left out; columns as in `TableEstimates`.

    Args:
        cases: See `select_rows`.
        model: A regression.
        path: The file, for messages.

    Raises:
        SourceError: The model has no estimate; the message says why in the words of the workflow's notes.
    """
    units = Units("rows", "clusters", "clusters" if model.cluster else "")
    parameters = list_parameters(cases.frame, cases.terms)
    if cases.frame.height <= len(parameters):
        raise SourceError(
            "there are no more rows than parameters", where=str(path), mend="leave out terms, or join levels"
        )
    design = build_design(cases.frame, parameters, "cluster", is_clustered=model.is_clustered, units=units)
    method = choose_method(model, design)
    fit, inference = fit_once(design, method)
    if fit.problem:
        raise SourceError(
            f"the model has no estimate: {fit.problem}",
            where=str(path),
            mend="leave out or join what is named; docs/how-to/fit-a-model.md tells more",
        )
    told = {
        "model": model.name,
        "family": model.family,
        "method": method.word,
        "standard_errors": _standard_errors(model, method),
        "events_per_parameter": events_per_parameter(design, method.family),
        "n_left_out": cases.n_rows - cases.frame.height,
        "note": "; ".join([*remarks_on_fit(design, method, fit, inference), *_remarks_on_rows(cases)]),
    }
    rows = [coefficient_row(design, inference, index, method.family) | told for index in range(len(parameters))]
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("estimate").exp().alias("ratio"),
        pl.col("conf_low").cast(pl.Float64).exp().alias("ratio_low"),
        pl.col("conf_high").cast(pl.Float64).exp().alias("ratio_high"),
    )
    return check_table(frame, TableEstimates, "estimates")


def _standard_errors(model: TableModel, method: Method) -> str:
    if method.family == "firth" or not model.is_clustered:
        return "model_based"
    return "clustered" if model.cluster else "robust"


def _remarks_on_rows(cases: TableCases) -> list[str]:
    return [f"rows left out hold levels of {name} that no other has" for name in cases.lost_levels]
