"""How many infants were linked, by which step, in whom, and on synthetic data how rightly."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dyadlink.describe.counting import check_accounting, count_levels_by_group
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table

NOT_LINKED = "not_linked"
NOT_RECORDED = "not_recorded"


def count_links(
    infants: pl.DataFrame, links: pl.DataFrame, steps: Sequence[str], truth: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Infants by the step that linked them, and pairs by their agreement with the truth.

    Args:
        infants: `infant_id`, `infant_ethnic_group` of every infant of the study period.
        links: `infant_id`, `child_key`, `step`.
        steps: Names of the steps, strictest first. An infant linked to several authorities counts under the
            strictest of its steps.
        truth: `infant_id`, `la_code`, `la_child_id` of every true link; synthetic data only.

    Returns:
        Table `linkage` of infants (variable `link_step`; groups all and the infants' ethnic groups) and, with a
        truth, table `linkage_against_truth` of pairs: variable `true_links` (found, missed: recall) and variable
        `links_made` (right, wrong: precision), each with its own total; columns as in `Counts`.

    Raises:
        ContractError: A step is not among `steps`, or the counts do not add up.
    """
    tables = [_count_steps(infants, links, steps)]
    if truth is not None:
        tables.append(_count_agreements(infants, links, truth))
    columns = list(Counts.columns())
    return check_table(pl.concat(table.select(columns) for table in tables), Counts, "linkage")


def _count_steps(infants: pl.DataFrame, links: pl.DataFrame, steps: Sequence[str]) -> pl.DataFrame:
    rank = pl.DataFrame({"step": list(steps), "rank": range(len(steps))}, schema_overrides={"rank": pl.Int64})
    strictest = links.join(rank, on="step", how="left").sort("rank", nulls_last=True)
    first = strictest.group_by("infant_id", maintain_order=True).agg(pl.col("step").first())
    linked = infants.join(first, on="infant_id", how="left")
    ethnicity = linked.get_column("infant_ethnic_group").fill_null(NOT_RECORDED)
    groups = {"all": linked.get_column("infant_id").is_not_null()}
    groups |= {group: ethnicity == group for group in sorted(ethnicity.unique())}
    texts = linked.select(link_step=pl.col("step").fill_null(NOT_LINKED))
    counts = count_levels_by_group(texts, {"link_step": [*steps, NOT_LINKED]}, groups)
    return check_accounting(counts.with_columns(table=pl.lit("linkage")))


def _count_agreements(infants: pl.DataFrame, links: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    pair = ["infant_id", "child_key"]
    child_key = pl.concat_str("la_code", "la_child_id", separator=":").alias("child_key")
    wanted = truth.join(infants, on="infant_id", how="semi").select("infant_id", child_key)
    found = links.join(infants, on="infant_id", how="semi").select(pair)
    n_right = found.join(wanted, on=pair, how="semi").height
    # Each variable has a total of its own: the shares are recall and precision.
    counts = [
        ("true_links", "total", wanted.height),
        ("true_links", "found", n_right),
        ("true_links", "missed", wanted.height - n_right),
        ("links_made", "total", found.height),
        ("links_made", "right", n_right),
        ("links_made", "wrong", found.height - n_right),
    ]
    rows = pl.DataFrame(counts, schema={"variable": pl.String, "level": pl.String, "n": pl.Int64}, orient="row")
    return rows.select(pl.lit("linkage_against_truth").alias("table"), "variable", "level", group=pl.lit("all"), n="n")
