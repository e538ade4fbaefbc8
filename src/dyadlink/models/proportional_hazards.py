"""Tests that hazard ratios stay the same over the time followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from dyadlink.estimates import ProportionalHazards
from dyadlink.models.cox import fit_cox, frame_of
from dyadlink.models.design import Design, Floats, build_design, count_levels, list_parameters, select_cases
from dyadlink.models.guards import explain_problem
from dyadlink.models.specification import ModelSpec
from dyadlink.schemas import check_table

GLOBAL = "global"
"""Name of the test of all terms at once."""


def check_proportional_hazards(analysis: pl.DataFrame, specs: Sequence[ModelSpec]) -> pl.DataFrame:
    """Score tests of proportional hazards, for each Cox model of complete cases that takes the links for certain.

    Args:
        analysis: A table that obeys `Analysis`.
        specs: The models, see `load_models`.

    Returns:
        One row per term, a categorical one with all its levels, and one of them all (`global`). A model without
        estimates has rows without figures. Columns as in `ProportionalHazards`.
    """
    rows: list[dict[str, Any]] = []
    for spec in specs:
        if spec.family == "cox" and spec.has_no_plan:
            frame = select_cases(analysis, spec).frame
            design = build_design(frame, list_parameters(analysis, spec.all_terms), spec.cluster)
            rows += _model_rows(spec, design)
    frame = pl.DataFrame(rows, schema=ProportionalHazards.create_empty().schema)
    return check_table(frame, ProportionalHazards, "proportional_hazards")


def score_tests(design: Design) -> dict[str, tuple[float, int, float]]:
    """Of each term, and of all (`global`): statistic, degrees of freedom and p-value; nothing without a finite test.

    Grambsch & Therneau 1994, Biometrika 81:515, as the score test of R's `cox.zph` since survival 3.0: against
    one minus the Kaplan-Meier curve of all. The covariance is the model's own, not clustered on the mother. A spline is
    tested along its fitted curve, with one degree of freedom (`singledf` of R).

    Args:
        design: Complete cases that passed `explain_problem`.
    """
    import survival  # noqa: PLC0415 - heavy

    coefficients = fit_cox(design).coefficients
    terms = tuple(dict.fromkeys(parameter.term for parameter in design.parameters))
    names = [f"x{index}" for index in range(len(terms))]
    data = frame_of(design).with_columns(
        _column_of(design, term, coefficients).alias(name) for term, name in zip(terms, names, strict=True)
    )
    strata = {} if design.strata is None else {"strata": "stratum"}
    response = "Surv(days, event)" if design.entry is None else "Surv(entry, days, event)"
    model = survival.coxph(f"{response} ~ {' + '.join(names)}", data, eps=1e-11, iter_max=50, **strata)
    table = survival.cox_zph(model).table
    figures = [(float(row["chisq"]), int(row["df"]), float(row["p"])) for row in table]
    if not np.isfinite([figure[0] for figure in figures]).all():
        return {}
    return dict(zip((*terms, GLOBAL), figures, strict=True))


def _column_of(design: Design, term: str, coefficients: Floats) -> pl.Series:
    """The term in one column: numbers as they are, a spline as its curve, levels as levels (0 the reference)."""
    places = [index for index, parameter in enumerate(design.parameters) if parameter.term == term]
    if design.parameters[places[0]].kind == "spline":
        return pl.Series(design.matrix[:, places] @ coefficients[places])
    if design.parameters[places[0]].kind != "categorical":
        return pl.Series(design.matrix[:, places[0]])
    level = (design.matrix[:, places] @ np.arange(1, len(places) + 1)).astype(np.int64)
    return pl.Series(level).cast(pl.String).cast(pl.Enum([str(number) for number in range(len(places) + 1)]))


def _model_rows(spec: ModelSpec, design: Design) -> list[dict[str, Any]]:
    problem = explain_problem(design, spec.family) or fit_cox(design).problem
    tests = {} if problem else score_tests(design)
    names = dict.fromkeys([*(parameter.term for parameter in design.parameters), GLOBAL])
    return [
        {
            "model": spec.name,
            "outcome": spec.outcome,
            "population": spec.population,
            "term": term,
            **dict(zip(("statistic", "df", "p_value"), tests.get(term, (None,) * 3), strict=True)),
            "n": design.n_dyads,
            "n_events": int(design.event.sum()),
            "n_smallest": _smallest_count(design, term),
            "n_parameters": len(design.parameters),
        }
        for term in names
    ]


def _smallest_count(design: Design, term: str) -> int | None:
    """Fewest dyads with or without the event at any level of a term, the reference among them; nothing for a number."""
    counts = [
        count_levels(design, index) for index, parameter in enumerate(design.parameters) if parameter.term == term
    ]
    cells = [
        cell for each in counts if each for n, n_events in (each[:2], each[2:]) for cell in (n_events, n - n_events)
    ]
    return min(cells, default=None)
