"""Completed data sets of a model whose row asks for imputation."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import polars as pl

from dyadlink.models.imputation.chain import draw_completed
from dyadlink.models.imputation.variables import read_outcome, read_variables
from dyadlink.models.missing_plans import Imputed
from dyadlink.models.specification import ModelSpec

FEWEST_SETS = 5


def impute_frames(frame: pl.DataFrame, spec: ModelSpec, plan: Imputed) -> Iterator[pl.DataFrame]:
    """The dyads of a model, m times, with every term known.

    Args:
        frame: Dyads of known outcome in dyad order, with `event` and `days`; terms may be null, each recorded once
            at least (see `explain_unimputable`).
        spec: The model.
        plan: How to impute.
    """
    variables = read_variables(frame, spec, plan)
    seeds = np.random.SeedSequence(plan.seed & (2**64 - 1)).generate_state(choose_m(frame, spec, plan), np.uint64)
    kinds = {variable.name: variable for variable in variables}
    for values in draw_completed(variables, read_outcome(frame, spec), [int(s) for s in seeds], plan.cycles):
        yield frame.with_columns(kinds[name].series(drawn, frame.schema[name]) for name, drawn in values.items())


def choose_m(frame: pl.DataFrame, spec: ModelSpec, plan: Imputed) -> int:
    """Number of completed data sets: as told, or at least the percentage of dyads that lack a term.

    Source: White, Royston & Wood 2011, Stat Med 30:377. In steps of 5, since the number is released and must not
    give back a count that is rounded.
    """
    if plan.m != "auto":
        return plan.m
    return max(FEWEST_SETS, 5 * math.ceil(20 * count_incomplete(frame, spec) / frame.height))


def count_incomplete(frame: pl.DataFrame, spec: ModelSpec) -> int:
    """Dyads that lack a term of the model at least."""
    return frame.height - frame.drop_nulls([term.name for term in spec.terms]).height


def explain_unimputable(frame: pl.DataFrame, spec: ModelSpec) -> str:
    """Why a term cannot be imputed, in plain words that hold no count; empty when all can."""
    nowhere = [term.name for term in spec.terms if frame.height and not frame.get_column(term.name).count()]
    return f"too few dyads have {nowhere[0]} recorded to impute it" if nowhere else ""
