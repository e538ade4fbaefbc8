"""Characteristics of the dyads with and without each outcome (Table 1)."""

from __future__ import annotations

import polars as pl

from dyadlink.describe.counting import (
    check_accounting,
    count_levels_by_group,
    level_text,
    levels_of,
    medians_by_group,
)
from dyadlink.describe.variables import CHARACTERISTICS, Grouping, TableSpec
from dyadlink.estimates import Counts, Medians
from dyadlink.schemas import check_table


def describe_characteristics(
    analysis: pl.DataFrame, spec: TableSpec = CHARACTERISTICS
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Counts of every level, and medians, of the dyads with and without each outcome.

    A dyad whose outcome is not known, or who is not at risk of it, is left out of that table and its `all`.

    Args:
        analysis: A table that obeys `Analysis`.
        spec: Which tables, of which variables.

    Returns:
        Two frames, as in `Counts` and `Medians`: groups all, yes and no; tables, variables, levels and groups
        in reading order; every level in every group, count 0 included.

    Raises:
        ContractError: A value is none of its variable's levels, or the counts do not add up.
    """
    tables = [(grouping, _table_rows(analysis, grouping)) for grouping in spec.groupings]
    counts = [_count_table(frame, grouping, spec, levels_from=analysis) for grouping, frame in tables]
    medians = [
        medians_by_group(frame.select(spec.medians), _groups(frame, grouping.outcome)).with_columns(
            table=pl.lit(grouping.table)
        )
        for grouping, frame in tables
    ]
    return (
        check_table(check_accounting(pl.concat(counts)), Counts, "characteristics"),
        check_table(pl.concat(medians), Medians, "characteristics_medians"),
    )


def _table_rows(analysis: pl.DataFrame, grouping: Grouping) -> pl.DataFrame:
    return analysis.filter(grouping.population & pl.col(grouping.outcome).is_not_null())


def _groups(frame: pl.DataFrame, outcome: str) -> dict[str, pl.Series]:
    has_outcome = frame.get_column(outcome)
    return {"all": has_outcome.is_not_null(), "yes": has_outcome, "no": ~has_outcome}


def _count_table(frame: pl.DataFrame, grouping: Grouping, spec: TableSpec, levels_from: pl.DataFrame) -> pl.DataFrame:
    texts = frame.select(level_text(frame, variable.name).alias(variable.name) for variable in spec.variables)
    levels = {variable.name: levels_of(levels_from, variable) for variable in spec.variables}
    counts = count_levels_by_group(texts, levels, _groups(frame, grouping.outcome))
    return counts.with_columns(table=pl.lit(grouping.table))
