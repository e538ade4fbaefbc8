"""The released cohort flow: no box and no exclusion can be had by subtraction."""

from __future__ import annotations

from itertools import pairwise

import polars as pl

from dyadlink.disclosure.audit import CellSystem, Line
from dyadlink.disclosure.cells import protect_cells
from dyadlink.disclosure.profiles import Profile
from dyadlink.errors import ContractError, DyadlinkError

COLUMNS = ["order", "unit", "step", "kind", "n"]


def protect_flow(flow: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per step: order, unit, step, kind (box or exclusion), status, n (rounded; null where hidden).

    A small exclusion takes another exclusion, or a box beside it, into hiding. The first box and above all the
    last stay shown wherever that is safe: the last is the study's own size, the total of the other tables.

    Args:
        flow: order (or position), step, kind, n, and where the flow passes from one thing counted to another
            (women, then dyads) unit. Within a unit a box is the box before less the exclusions between.
        profile: The rules.

    Raises:
        ContractError: A column is missing, or the steps do not begin and end with a box.
        DyadlinkError: A box is not the box before it less the exclusions between.
    """
    steps = _check_flow(flow)
    boxes = [i for i, kind in enumerate(steps.get_column("kind")) if kind == "box"]
    units = steps.get_column("unit").to_list()
    lines = tuple(
        Line(start, tuple(range(start + 1, end + 1))) for start, end in pairwise(boxes) if units[start] == units[end]
    )
    system = CellSystem(
        values=tuple(steps.get_column("n").to_list()),
        lines=lines,
        blocks=("cohort_flow",) * steps.height,
        keep=tuple(box for box in boxes if box in {0, steps.height - 1} or units[box - 1] != units[box]),
    )
    return pl.concat([steps.drop("n"), protect_cells(system, profile)], how="horizontal")


def _check_flow(flow: pl.DataFrame) -> pl.DataFrame:
    where = "table cohort_flow"
    named = flow.rename({"position": "order"}, strict=False)
    if "unit" not in named.columns:
        named = named.with_columns(unit=pl.lit("dyads"))
    missing = [column for column in COLUMNS if column not in named.columns]
    if missing:
        raise ContractError(f"lacks column(s) {', '.join(missing)}", where=where)
    if not named.schema["n"].is_integer() or named.get_column("n").null_count():
        raise DyadlinkError("counts must be whole numbers", where=where)
    steps = named.sort("order").select(pl.col("order", "n").cast(pl.Int64), "unit", "step", "kind").select(COLUMNS)
    for _, part in steps.group_by("unit"):
        kinds = part.sort("order").get_column("kind").to_list()
        if set(kinds) - {"box", "exclusion"} or (kinds[0], kinds[-1]) != ("box", "box"):
            raise ContractError("the steps of a unit must begin and end with a box", where=where)
    return steps
