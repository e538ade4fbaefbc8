"""What is not recorded: which covariates are missing together, with and without each outcome."""

from __future__ import annotations

import polars as pl

from dyadlink.describe.counting import check_accounting
from dyadlink.describe.variables import CHARACTERISTICS, TOTAL, TableSpec
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table

COMPLETE = "nothing_missing"
OTHERS = "other_patterns"
TOGETHER = "__"
"""Between the variables that are missing together."""


def count_missing_patterns(
    analysis: pl.DataFrame, smallest: int, spec: TableSpec = CHARACTERISTICS, table: str = "missing_patterns"
) -> pl.DataFrame:
    """Dyads by the set of covariates that they lack, with and without each outcome.

    Args:
        analysis: A table that obeys `Analysis`.
        smallest: The least count that may be shown: a pattern is named where both groups of some outcome have as many,
            and all others are `other_patterns`.
        spec: Which covariates, and which outcomes.
        table: Name of the table.

    Returns:
        One table: each outcome a variable with its own total, as in the tables of characteristics; levels
        `nothing_missing`, then the patterns from the most to the least common, the names of the missing covariates
        joined by `__`, then `other_patterns`; groups all, yes and no; columns as in `Counts`.

    Raises:
        ContractError: The counts do not add up.
    """
    lacks = [
        pl.when(pl.col(variable.name).is_null()).then(pl.lit(variable.name)).alias(variable.name)
        for variable in spec.variables
    ]
    pattern = pl.concat_str(lacks, separator=TOGETHER, ignore_nulls=True)
    rows = analysis.with_columns(pattern=pl.when(pattern == "").then(pl.lit(COMPLETE)).otherwise(pattern))
    populations = {
        grouping.outcome: rows.filter(grouping.population & pl.col(grouping.outcome).is_not_null())
        for grouping in spec.groupings
    }
    named = _named_patterns(populations, smallest)
    counted = [_count(frame, outcome, named) for outcome, frame in populations.items()]
    counts = pl.concat(counted).select(pl.lit(table).alias("table"), "variable", "level", "group", "n")
    return check_table(check_accounting(counts), Counts, table)


def _named_patterns(populations: dict[str, pl.DataFrame], smallest: int) -> list[str]:
    """Patterns that can be shown, from the most to the least common."""
    sizes = pl.concat(
        frame.group_by("pattern").agg(n=pl.len(), with_outcome=pl.col(outcome).sum(), without=(~pl.col(outcome)).sum())
        for outcome, frame in populations.items()
    )
    enough = (pl.col("with_outcome") >= smallest) & (pl.col("without") >= smallest)
    common = sizes.filter(enough, pl.col("pattern") != COMPLETE).group_by("pattern").agg(pl.col("n").max())
    return common.sort(pl.col("n"), "pattern", descending=[True, False])["pattern"].to_list()


def _count(frame: pl.DataFrame, outcome: str, named: list[str]) -> pl.DataFrame:
    levels = [TOTAL, COMPLETE, *named, OTHERS]
    level = pl.when(pl.col("pattern").is_in([COMPLETE, *named])).then("pattern").otherwise(pl.lit(OTHERS))
    group = pl.when(pl.col(outcome)).then(pl.lit("yes")).otherwise(pl.lit("no"))
    long = frame.select(level=level, group=group)
    both = pl.concat([long, long.with_columns(group=pl.lit("all"))])
    counted = pl.concat([both, both.with_columns(level=pl.lit(TOTAL))]).group_by("level", "group").len("n")
    skeleton = pl.DataFrame({"level": levels}).join(
        pl.DataFrame({"group": ["all", "yes", "no"]}), how="cross", maintain_order="left_right"
    )
    return skeleton.join(counted, on=["level", "group"], how="left", maintain_order="left").select(
        pl.lit(outcome).alias("variable"), "level", "group", pl.col("n").fill_null(0).cast(pl.Int64)
    )
