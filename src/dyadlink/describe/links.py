"""How many infants were linked, by which step, and in whom."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dyadlink.describe.counting import check_accounting, count_levels_by_group
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table

NOT_LINKED = "not_linked"
NOT_RECORDED = "not_recorded"


def count_links(infants: pl.DataFrame, links: pl.DataFrame, steps: Sequence[str]) -> pl.DataFrame:
    """Infants by the step that linked them.

    Args:
        infants: `infant_id`, `infant_ethnic_group` of every infant of the study period.
        links: `infant_id`, `child_key`, `step`.
        steps: Names of the steps, strictest first. An infant linked to several authorities counts under the
            strictest of its steps.

    Returns:
        Table `linkage` of infants: variable `link_step`; groups all and the infants' ethnic groups; columns as in
        `Counts`.

    Raises:
        ContractError: A step is not among `steps`, or the counts do not add up.
    """
    rank = pl.DataFrame({"step": list(steps), "rank": range(len(steps))}, schema_overrides={"rank": pl.Int64})
    strictest = links.join(rank, on="step", how="left").sort("rank", nulls_last=True)
    first = strictest.group_by("infant_id", maintain_order=True).agg(pl.col("step").first())
    linked = infants.join(first, on="infant_id", how="left")
    ethnicity = linked.get_column("infant_ethnic_group").fill_null(NOT_RECORDED)
    groups = {"all": linked.get_column("infant_id").is_not_null()}
    groups |= {group: ethnicity == group for group in sorted(ethnicity.unique())}
    texts = linked.select(link_step=pl.col("step").fill_null(NOT_LINKED))
    counts = count_levels_by_group(texts, {"link_step": [*steps, NOT_LINKED]}, groups)
    named = counts.with_columns(table=pl.lit("linkage")).select(list(Counts.columns()))
    return check_table(check_accounting(named), Counts, "linkage")
