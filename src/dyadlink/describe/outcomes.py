"""How many dyads have each outcome, and their involvement at each timepoint."""

from __future__ import annotations

import polars as pl

from dyadlink.describe.counting import check_accounting, count_levels_by_group, level_text, levels_of
from dyadlink.describe.variables import (
    AT_RISK,
    CSC_LEVEL_TIMES,
    NOT_AT_RISK,
    NOT_OBSERVED,
    OUTCOMES,
    Variable,
)
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table

COUNTRIES = ("England", "Wales")


def count_outcomes(analysis: pl.DataFrame) -> pl.DataFrame:
    """Dyads at each level of each outcome, and of involvement at birth, T1, T2 and T3.

    An outcome that is null is `not_at_risk` when the dyad cannot have it (custody lost, or on a plan, by T2)
    and `not_observed` otherwise.

    Args:
        analysis: A table that obeys `Analysis`.

    Returns:
        Table `outcomes` with groups all and each country, and table `csc_levels` with group all; columns as
        in `Counts`, in reading order, count 0 included.

    Raises:
        ContractError: A value is none of its variable's levels, or the counts do not add up.
    """
    everyone = {"all": analysis.get_column("dyad_id").is_not_null()}
    countries = {country: analysis.get_column("country") == country for country in COUNTRIES}
    counts = pl.concat(
        [
            count_states(analysis, OUTCOMES, {**everyone, **countries}, "outcomes"),
            count_states(analysis, CSC_LEVEL_TIMES, everyone, "csc_levels"),
        ]
    )
    return check_table(counts, Counts, "outcomes")


def count_states(
    analysis: pl.DataFrame, variables: tuple[Variable, ...], groups: dict[str, pl.Series], table: str
) -> pl.DataFrame:
    """One table of counts, in the shape of `Counts`; see `count_outcomes` for what null is.

    Raises:
        ContractError: A value is none of its variable's levels, or the counts do not add up.
    """
    texts = analysis.select(_state_text(analysis, variable).alias(variable.name) for variable in variables)
    levels = {variable.name: levels_of(analysis, variable) for variable in variables}
    return check_accounting(count_levels_by_group(texts, levels, groups).with_columns(table=pl.lit(table)))


def _state_text(analysis: pl.DataFrame, variable: Variable) -> pl.Expr:
    text = level_text(analysis, variable.name)
    if variable.name in AT_RISK:
        text = pl.when(~AT_RISK[variable.name]).then(pl.lit(NOT_AT_RISK)).otherwise(text)
    return text.fill_null(NOT_OBSERVED) if NOT_OBSERVED in variable.levels else text
