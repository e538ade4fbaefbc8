"""Counts the levels of several variables in several groups, and proves that nobody was lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from dyadlink.describe.variables import MISSING, TOTAL, Variable
from dyadlink.errors import ContractError

_KEY = ["variable", "level", "group"]


def level_text(frame: pl.DataFrame, column: str) -> pl.Expr:
    """A column as words: yes and no for a Boolean, the value itself otherwise; null stays null."""
    if frame.schema[column] == pl.Boolean:
        return pl.when(pl.col(column)).then(pl.lit("yes")).when(~pl.col(column)).then(pl.lit("no"))
    return pl.col(column).cast(pl.String)


def count_levels_by_group(
    texts: pl.DataFrame, levels: Mapping[str, Sequence[str]], groups: Mapping[str, pl.Series]
) -> pl.DataFrame:
    """Dyads at each level of each variable in each group.

    Args:
        texts: One row per dyad, one String column per variable; null is missing.
        levels: Levels of each variable in reading order.
        groups: A Boolean column per group, as long as the table.

    Returns:
        One row per (variable, level, group) with `n`, 'total' first, then the variables and their levels in
        the order given; count 0 included. A variable has level 'missing' when any dyad of the table lacks it.

    Raises:
        ContractError: A value is none of its variable's levels.
    """
    shown = {name: _shown_levels(texts, name, named) for name, named in levels.items()}
    pairs = [(TOTAL, TOTAL)] + [(name, level) for name, named in shown.items() for level in named]
    skeleton = pl.DataFrame(pairs, schema=["variable", "level"], orient="row").join(
        pl.DataFrame({"group": list(groups)}), how="cross", maintain_order="left_right"
    )
    long = texts.select(pl.lit(TOTAL).alias(TOTAL), *(pl.col(name).fill_null(MISSING) for name in levels))
    counted = pl.concat(
        long.filter(is_member)
        .unpivot(variable_name="variable", value_name="level")
        .group_by("variable", "level")
        .agg(n=pl.len().cast(pl.Int64))
        .with_columns(group=pl.lit(group))
        for group, is_member in groups.items()
    )
    return skeleton.join(counted, on=_KEY, how="left", maintain_order="left").with_columns(pl.col("n").fill_null(0))


def medians_by_group(values: pl.DataFrame, groups: Mapping[str, pl.Series]) -> pl.DataFrame:
    """Medians with quartiles by linear interpolation (R's type 7); null in a group of nobody.

    Args:
        values: One row per dyad, one numeric column per variable; null is left out.
        groups: A Boolean column per group, as long as the table.

    Returns:
        One row per (group, variable), in the order given: n, median, lower_quartile, upper_quartile.
    """
    return pl.concat(
        values.filter(is_member)
        .select(pl.all().cast(pl.Float64))
        .unpivot(variable_name="variable")
        .drop_nulls("value")
        .group_by("variable")
        .agg(
            n=pl.len().cast(pl.Int64),
            median=pl.col("value").median(),
            lower_quartile=pl.col("value").quantile(0.25, interpolation="linear"),
            upper_quartile=pl.col("value").quantile(0.75, interpolation="linear"),
        )
        .join(pl.DataFrame({"variable": values.columns}), on="variable", how="right", maintain_order="right")
        .with_columns(pl.col("n").fill_null(0), group=pl.lit(group))
        for group, is_member in groups.items()
    )


def _shown_levels(texts: pl.DataFrame, name: str, named: Sequence[str]) -> list[str]:
    column = texts.get_column(name)
    n_unknown = (~column.drop_nulls().is_in(list(named))).sum()
    if n_unknown:
        raise ContractError(f"{n_unknown} dyad(s) have a level that the table does not list", where=name)
    return [*named, MISSING] if column.null_count() else list(named)


def levels_of(frame: pl.DataFrame, variable: Variable) -> list[str]:
    """The levels a table shows for a variable, in reading order."""
    if variable.levels:
        return list(variable.levels)
    seen = frame.drop_nulls(variable.name).group_by(variable.name).agg(place=pl.col(variable.ordered_by).min())
    return seen.sort("place", variable.name).get_column(variable.name).to_list()


def pool_small_levels(
    frame: pl.DataFrame, splits: pl.Expr, smallest: int, variable: str = "la_code", within: str = "country"
) -> pl.DataFrame:
    """The table, rows at a small level of one variable put together as `other_<level of another>`.

    There are some 170 authorities, most of them with few infants: one by one nearly all would be hidden. A level is
    named where at least `smallest` of its rows are on either side of the split that is counted.

    Args:
        frame: The rows.
        splits: True or false of each row: linked or not, say.
        smallest: The least count that may be shown.
        variable: The variable with many levels.
        within: Small levels are put together within each level of this one.
    """
    named = (
        frame.group_by(variable)
        .agg(one=splits.sum(), other=(~splits).sum())
        .filter(pl.col("one") >= smallest, pl.col("other") >= smallest)
        .drop_nulls(variable)[variable]
    )
    other = pl.concat_str(pl.lit("other_"), pl.col(within).str.to_lowercase().fill_null("place"))
    pooled = pl.when(pl.col(variable).is_in(named.implode())).then(variable).otherwise(other)
    return frame.with_columns(pl.when(pl.col(variable).is_not_null()).then(pooled).alias(variable))


def check_accounting(counts: pl.DataFrame) -> pl.DataFrame:
    """The counts, when nobody is lost or counted twice.

    Within a group the levels of each variable add up to the total; within a level the groups add up to 'all'.

    Raises:
        ContractError: They do not; the message counts the sums that fail.
    """
    is_total = pl.col("variable") == TOTAL
    totals = counts.filter(is_total).select("table", "group", total="n")
    by_variable = counts.group_by("table", "variable", "group").agg(pl.col("n").sum())
    n_levels = by_variable.join(totals, on=["table", "group"]).filter(pl.col("n") != pl.col("total")).height
    is_all = pl.col("group") == "all"
    split = counts.group_by("table", "variable", "level").agg(
        everyone=pl.col("n").filter(is_all).sum(),
        parts=pl.col("n").filter(~is_all).sum(),
        n_groups=(~is_all).sum(),
    )
    n_groups = split.filter((pl.col("n_groups") > 0) & (pl.col("everyone") != pl.col("parts"))).height
    if n_levels or n_groups:
        raise ContractError(
            f"levels do not add up to the total in {n_levels} place(s), groups to all in {n_groups} place(s)",
            where="descriptive counts",
        )
    return counts
