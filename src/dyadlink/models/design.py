"""From the analysis table to the numbers a model is fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dyadlink.models.missing_plans import Imputed
from dyadlink.models.populations import CAUSES, OUTCOME_COLUMNS, POPULATIONS, TIME_FAMILIES
from dyadlink.models.readmission import readmitted_by, split_at_readmission, still_at_risk
from dyadlink.models.specification import ModelSpec, Term, name_knot
from dyadlink.models.splines import curve_at, nearest_knot

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameter:
    """What one coefficient stands for: a level or knot against the reference, or one step up of a linear term."""

    term: str
    kind: str
    level: str
    reference: str
    knots: tuple[float, ...] = ()


@dataclass(frozen=True)
class Units:
    """Words for what a model is of, as its notes use them.

    Attributes:
        rows: What a row of the design is.
        clusters: What rows are clustered on.
        shared: What a likelihood that takes every row for independent does not allow for; empty if there is nothing.
    """

    rows: str
    clusters: str
    shared: str


DYADS = Units("dyads", "mothers", "mothers with two infants")
_UNITS = {
    "mother_number": DYADS,
    "la_code": Units("dyads", "authorities", "dyads of one authority being alike"),
}


@dataclass(frozen=True)
class Design:
    """Dyads of one model as arrays; row i of each is the same dyad.

    A table of the user's own has rows in the place of dyads, and its clusters in the place of mothers.

    Attributes:
        parameters: What each column of the matrix stands for.
        matrix: Covariates, one column a parameter, no intercept; nan where one is still to be imputed.
        event: Whether the dyad had the outcome (by the cause modelled).
        days: Days from T2 to the event or to censoring; zeros for a model without time.
        clusters: Number of the mother, or of the authority.
        competing: Whether another event ended the time at risk; nothing for a model without time.
        strata: Number of the stratum, each with its own baseline hazard; nothing where all share one.
        entry: Day from which on the row is at risk, so that one that comes late, or whose covariates change, counts for
            its own time alone; nothing where all are at risk from day 0.
        weights: What each row counts for, in the likelihood and in the covariance; nothing where all count alike.
        cluster_by: Column that the clusters are of.
        is_last: Whether the row is its dyad's last, by which the dyad is counted; nothing where each has one row.
        is_clustered: Whether standard errors are the sandwich summed over clusters, else those of the likelihood.
        units: Words for rows and clusters.
    """

    parameters: tuple[Parameter, ...]
    matrix: Floats
    event: NDArray[np.bool_]
    days: Floats
    clusters: NDArray[np.int64]
    competing: NDArray[np.bool_] | None = None
    strata: NDArray[np.int64] | None = None
    entry: Floats | None = None
    weights: Floats | None = None
    is_clustered: bool = True
    cluster_by: str = "mother_number"
    units: Units = DYADS
    is_last: NDArray[np.bool_] | None = None

    @property
    def n_dyads(self) -> int:
        """Dyads, not rows."""
        return len(self.event) if self.is_last is None else int(self.is_last.sum())


@dataclass(frozen=True)
class Cases:
    """Dyads of one model, and how many of its population were left out on the way.

    Attributes:
        frame: Dyads with the outcome and every term known (a term can be null where the model imputes); added are
            `event`, `competing` (Boolean) and `days` (Float64), `stratum` (Int64) where the model has strata, and
            `readmission` where it has that; a dyad whose time is split at one has two rows (`split_at_readmission`).
        n_population: Dyads in the population; with a landmark, those of it still at risk then.
        n_without_outcome: Dyads whose follow-up is incomplete, so that the outcome is not known.
        n_without_term: Further dyads left out because they lack a value of at least one term.
    """

    frame: pl.DataFrame
    n_population: int
    n_without_outcome: int
    n_without_term: int


def select_cases(analysis: pl.DataFrame, spec: ModelSpec) -> Cases:
    """The dyads that a model analyses, in dyad order, so that the order of the table changes nothing.

    Complete cases; where the model imputes its covariates, every dyad of known outcome.
    """
    population = analysis.filter(POPULATIONS[spec.population].is_member)
    if spec.landmark_days is not None:
        population = population.filter(still_at_risk(spec.outcome, spec.landmark_days)).with_columns(
            readmitted_by(spec.landmark_days)
        )
    outcome = OUTCOME_COLUMNS[spec.outcome]
    known = population.filter(outcome.is_not_null()) if spec.family not in TIME_FAMILIES else population
    needed = list(spec.strata) if isinstance(spec.missing, Imputed) else spec.covariates
    complete = known.drop_nulls(needed).sort("dyad_id")
    if spec.strata:
        stratum = pl.concat_str(pl.col(spec.strata).cast(pl.String), separator="|").rank("dense")
        complete = complete.with_columns(stratum=stratum.cast(pl.Int64))
    if spec.family in TIME_FAMILIES:
        cause = CAUSES[spec.outcome][0]
        event = pl.col(f"{spec.outcome}_event") == cause
        competing = pl.col(f"{spec.outcome}_event").is_in(CAUSES[spec.outcome][1:])
        days = pl.col(f"{spec.outcome}_days").cast(pl.Float64) - float(spec.landmark_days or 0)
    else:
        event, competing, days = outcome, pl.lit(value=False), pl.lit(0.0)
    frame = complete.with_columns(event=event, competing=competing, days=days)
    return Cases(
        frame=split_at_readmission(frame) if spec.time_varying else frame,
        n_population=population.height,
        n_without_outcome=population.height - known.height,
        n_without_term=known.height - complete.height,
    )


def list_parameters(analysis: pl.DataFrame, terms: tuple[Term, ...]) -> tuple[Parameter, ...]:
    """The coefficients of a model, in the order of its terms.

    Levels are those seen anywhere in the table, so that one that no complete case has is told, not dropped. A
    categorical term with no level beside its reference still gets a parameter: it is a constant.
    """
    parameters: list[Parameter] = []
    for term in terms:
        if term.kind == "linear":
            parameters.append(Parameter(term.name, term.kind, "", ""))
        elif term.kind == "binary":
            parameters.append(Parameter(term.name, term.kind, "yes", "no"))
        elif term.kind == "spline":
            parameters += [
                Parameter(term.name, term.kind, level, term.reference, term.knots)
                for level in map(name_knot, term.knots)
                if level != term.reference
            ]
        else:
            seen = analysis.get_column(term.name).cast(pl.String).drop_nulls().unique().sort().to_list()
            levels = [level for level in seen if level != term.reference] or [""]
            parameters += [Parameter(term.name, term.kind, level, term.reference) for level in levels]
    return tuple(parameters)


def build_design(
    frame: pl.DataFrame,
    parameters: tuple[Parameter, ...],
    cluster: str,
    *,
    is_clustered: bool = True,
    units: Units | None = None,
) -> Design:
    """The arrays of a model.

    Args:
        frame: One row per dyad, with the terms, `event`, `days`, the cluster column, and `competing`, `stratum`,
            `entry`, `weight` and `is_last` where there are such.
        parameters: See `list_parameters`.
        cluster: Column that tells the clusters, by number or by code.
        is_clustered: See `Design`.
        units: See `Design`; left out: those of dyads.
    """
    columns = frame.select(_values(parameter).alias(f"x{index}") for index, parameter in enumerate(parameters))
    matrix = columns.to_numpy().reshape(frame.height, len(parameters))
    matrix = _bend(matrix, parameters)

    def optional(name: str, kind: type[Any]) -> NDArray[Any] | None:
        return frame.get_column(name).to_numpy().astype(kind) if name in frame.columns else None

    return Design(
        parameters=parameters,
        matrix=matrix,
        event=frame.get_column("event").to_numpy().astype(np.bool_),
        days=frame.get_column("days").to_numpy().astype(np.float64),
        clusters=_numbered(frame.get_column(cluster)),
        competing=optional("competing", np.bool_),
        strata=optional("stratum", np.int64),
        entry=optional("entry", np.float64),
        weights=optional("weight", np.float64),
        is_last=optional("is_last", np.bool_),
        is_clustered=is_clustered,
        cluster_by=cluster,
        units=units or _UNITS.get(cluster, DYADS),
    )


def _numbered(values: pl.Series) -> NDArray[np.int64]:
    # Codes are numbered in their own order, so that the order of the dyads changes nothing.
    numbers = values.rank("dense") if values.dtype == pl.String else values
    return numbers.to_numpy().astype(np.int64)


def _values(parameter: Parameter) -> pl.Expr:
    column = pl.col(parameter.term)
    if parameter.kind == "categorical":
        column = column.cast(pl.String) == parameter.level
    return column.cast(pl.Float64)


def _bend(matrix: Floats, parameters: tuple[Parameter, ...]) -> Floats:
    """The matrix with the columns of each spline, which come as the bare number, bent to its curve."""
    splines = dict.fromkeys(parameter.term for parameter in parameters if parameter.kind == "spline")
    if splines:
        matrix = matrix.copy()
    for term in splines:
        places = [index for index, parameter in enumerate(parameters) if parameter.term == term]
        first = parameters[places[0]]
        matrix[:, places] = curve_at(matrix[:, places[0]], first.knots, float(first.reference))
    return matrix


def count_levels(design: Design, index: int) -> tuple[int, int, int, int] | None:
    """Dyads and events at the level, then at the reference, of one parameter; nothing for a linear one.

    A dyad whose level is not recorded is at neither; one with several rows is where the last of them is. With a spline
    a dyad counts for the knot that is nearest, so that one with few around it is seen to rest on few.
    """
    parameter = design.parameters[index]
    if parameter.kind == "linear" or not parameter.level:
        return None
    rows = slice(None) if design.is_last is None else design.is_last
    same_term = [i for i, other in enumerate(design.parameters) if other.term == parameter.term]
    matrix, event = design.matrix[rows], design.event[rows]
    columns = matrix[:, same_term]
    if parameter.kind == "spline":
        reference = float(parameter.reference)
        nearest = nearest_knot(columns, parameter.knots, reference)
        at_level, at_reference = nearest == float(parameter.level), nearest == reference
    else:
        at_level = matrix[:, index] > 0
        at_reference = (columns == 0).all(axis=1)
    return (
        int(at_level.sum()),
        int((at_level & event).sum()),
        int(at_reference.sum()),
        int((at_reference & event).sum()),
    )
