"""What standardising changed or set aside, rule by rule."""

from __future__ import annotations

import polars as pl

from dyadlink.errors import ContractError
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table

RECORDS = "records"
"""The rule that every record meets: how many there are."""
_GROUPS = {"left": "infants", "right": "child_records"}


def count_standardising(standardising: pl.DataFrame) -> pl.DataFrame:
    """Records that each rule of standardising met, and those that it did not.

    Args:
        standardising: `side` (left: infants, right: child records), `rule`, `n`; with the rule `records` of each side.

    Returns:
        Table `standardising`: each rule a variable with levels total, yes and no; groups all, infants and
        child_records; columns as in `Counts`.

    Raises:
        ContractError: A side lacks its number of records, or a rule met more than there are.
    """
    sizes = standardising.filter(pl.col("rule") == RECORDS).select("side", total="n")
    met = standardising.filter(pl.col("rule") != RECORDS).join(sizes, on="side", how="left")
    if met["total"].null_count():
        raise ContractError("a side lacks its number of records", where="table standardising")
    sides = met.with_columns(group=pl.col("side").replace_strict(_GROUPS)).select(
        "rule", "group", total="total", yes="n", no=pl.col("total") - pl.col("n")
    )
    everyone = sides.group_by("rule", maintain_order=True).agg(pl.col("total", "yes", "no").sum())
    both = pl.concat([everyone.with_columns(group=pl.lit("all")).select(sides.columns), sides])
    rules = sides["rule"].unique(maintain_order=True).to_list()
    long = both.unpivot(index=["rule", "group"], variable_name="level", value_name="n")
    ordered = long.sort(
        pl.col("rule").replace_strict(rules, list(range(len(rules)))),
        pl.col("level").replace_strict({"total": 0, "yes": 1, "no": 2}),
        maintain_order=True,
    )
    named = ordered.select(pl.lit("standardising").alias("table"), "level", "group", "n", variable="rule")
    return check_table(named.select(list(Counts.columns())), Counts, "standardising")
