"""From the analysis table to the numbers a model is fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dyadlink.models.missing_plans import Imputed
from dyadlink.models.populations import CAUSES, POPULATIONS, TIME_FAMILIES
from dyadlink.models.specification import ModelSpec, Term

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameter:
    """What one coefficient stands for: a level against the reference, or one step up of a linear term."""

    term: str
    kind: str
    level: str
    reference: str


@dataclass(frozen=True)
class Design:
    """Dyads of one model as arrays; row i of each is the same dyad.

    Attributes:
        parameters: What each column of the matrix stands for.
        matrix: Covariates, one column a parameter, no intercept; nan where one is still to be imputed.
        event: Whether the dyad had the outcome (by the cause modelled).
        days: Days from T2 to the event or to censoring; zeros for a model without time.
        clusters: Number of the mother.
        competing: Whether another event ended the time at risk; nothing for a model without time.
        strata: Number of the stratum, each with its own baseline hazard; nothing where all share one.
        entry: Day from which on the row is at risk, so that one that comes late, or whose covariates change, counts for
            its own time alone; nothing where all are at risk from day 0.
        weights: What each row counts for, in the likelihood and in the covariance; nothing where all count alike.
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


@dataclass(frozen=True)
class Cases:
    """Dyads of one model, and how many of its population were left out on the way.

    Attributes:
        frame: Dyads with the outcome and every term known (a term can be null where the model imputes); added are
            `event`, `competing` (Boolean) and `days` (Float64), and `stratum` (Int64) where the model has strata.
        n_population: Dyads in the population.
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
    known = population.filter(pl.col(spec.outcome).is_not_null()) if spec.family not in TIME_FAMILIES else population
    needed = list(spec.strata) if isinstance(spec.missing, Imputed) else spec.covariates
    complete = known.drop_nulls(needed).sort("dyad_id")
    if spec.strata:
        stratum = pl.concat_str(pl.col(spec.strata).cast(pl.String), separator="|").rank("dense")
        complete = complete.with_columns(stratum=stratum.cast(pl.Int64))
    if spec.family in TIME_FAMILIES:
        cause = CAUSES[spec.outcome][0]
        event = pl.col(f"{spec.outcome}_event") == cause
        competing = pl.col(f"{spec.outcome}_event").is_in(CAUSES[spec.outcome][1:])
        days = pl.col(f"{spec.outcome}_days").cast(pl.Float64)
    else:
        event, competing, days = pl.col(spec.outcome), pl.lit(value=False), pl.lit(0.0)
    return Cases(
        frame=complete.with_columns(event=event, competing=competing, days=days),
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
        else:
            seen = analysis.get_column(term.name).cast(pl.String).drop_nulls().unique().sort().to_list()
            levels = [level for level in seen if level != term.reference] or [""]
            parameters += [Parameter(term.name, term.kind, level, term.reference) for level in levels]
    return tuple(parameters)


def build_design(frame: pl.DataFrame, parameters: tuple[Parameter, ...], cluster: str) -> Design:
    """The arrays of a model.

    Args:
        frame: One row per dyad, with the terms, `event`, `days`, the cluster column, and `competing`, `stratum`,
            `entry` and `weight` where there are such.
        parameters: See `list_parameters`.
        cluster: Column that numbers the clusters.
    """
    columns = frame.select(_values(parameter).alias(f"x{index}") for index, parameter in enumerate(parameters))

    def optional(name: str, kind: type[Any]) -> NDArray[Any] | None:
        return frame.get_column(name).to_numpy().astype(kind) if name in frame.columns else None

    return Design(
        parameters=parameters,
        matrix=columns.to_numpy().reshape(frame.height, len(parameters)),
        event=frame.get_column("event").to_numpy().astype(np.bool_),
        days=frame.get_column("days").to_numpy().astype(np.float64),
        clusters=frame.get_column(cluster).to_numpy().astype(np.int64),
        competing=optional("competing", np.bool_),
        strata=optional("stratum", np.int64),
        entry=optional("entry", np.float64),
        weights=optional("weight", np.float64),
    )


def _values(parameter: Parameter) -> pl.Expr:
    column = pl.col(parameter.term)
    if parameter.kind == "categorical":
        column = column.cast(pl.String) == parameter.level
    return column.cast(pl.Float64)


def count_levels(design: Design, index: int) -> tuple[int, int, int, int] | None:
    """Dyads and events at the level, then at the reference, of one parameter; nothing for a linear one.

    A dyad whose level is not recorded is at neither.
    """
    parameter = design.parameters[index]
    if parameter.kind == "linear" or not parameter.level:
        return None
    at_level = design.matrix[:, index] > 0
    same_term = [i for i, other in enumerate(design.parameters) if other.term == parameter.term]
    at_reference = (design.matrix[:, same_term] == 0).all(axis=1)
    return (
        int(at_level.sum()),
        int((at_level & design.event).sum()),
        int(at_reference.sum()),
        int((at_reference & design.event).sum()),
    )
