"""The released cohort flow: no box and no exclusion can be had by subtraction."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import pairwise

import polars as pl

from dyadlink.disclosure.cells import Reading, protect_alone
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import INNER, MAIN_MARGIN, TOTAL_MARGIN, Builder
from dyadlink.errors import ContractError, DyadlinkError

_TABLE = "cohort_flow"
COLUMNS = ["order", "unit", "step", "kind", "n"]


def protect_flow(flow: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The released flow as a system of its own: see `lay_out_flow`."""
    return protect_alone(lambda builder: lay_out_flow(builder, flow), profile)[_TABLE]


def lay_out_flow(builder: Builder, flow: pl.DataFrame, last: Hashable = (_TABLE, "last")) -> Reading:
    """What takes the released flow out of the system: one row per step.

    Columns: order, unit, step, kind (box or exclusion), status, n (rounded; null where hidden). A small exclusion takes
    others, or boxes, into hiding where what is shown beside it would tell it. The first box and above all the last stay
    shown wherever that is safe: the last is the study's own size, the total of the other tables.

    Args:
        builder: The system; the steps are added to it.
        flow: order (or position), step, kind, n, and where the flow passes from one thing counted to another
            (women, then dyads) unit. Within a unit a box is the box before less the exclusions between.
        last: Name of the last box's cell.

    Raises:
        ContractError: A column is missing, or the steps do not begin and end with a box.
        DyadlinkError: A box is not the box before it less the exclusions between.
    """
    steps = _check_flow(flow)
    boxes = [i for i, kind in enumerate(steps.get_column("kind")) if kind == "box"]
    units = steps.get_column("unit").to_list()
    keys: list[Hashable] = [(_TABLE, place) for place in range(steps.height)]
    keys[-1] = last
    ends = {box for box in boxes if box in {0, steps.height - 1} or units[box - 1] != units[box]}
    for place, n in enumerate(steps.get_column("n")):
        need = TOTAL_MARGIN if place == steps.height - 1 else MAIN_MARGIN if place in ends else INNER
        builder.add(keys[place], n, _TABLE, need)
    for start, end in pairwise(boxes):
        if units[start] == units[end]:
            builder.tie(keys[start], keys[start + 1 : end + 1])
    return lambda told: {_TABLE: pl.concat([steps.drop("n"), told.rows(keys)], how="horizontal")}


def _check_flow(flow: pl.DataFrame) -> pl.DataFrame:
    where = "table cohort_flow"
    named = flow.rename({"position": "order"}, strict=False)
    if "unit" not in named.columns:
        named = named.with_columns(unit=pl.lit("dyads"))
    missing = [column for column in COLUMNS if column not in named.columns]
    if missing:
        raise ContractError(f"lacks column(s) {', '.join(missing)}", where=where)
    if not named.schema["n"].is_integer() or named.filter(~(pl.col("n") >= 0).fill_null(value=False)).height:
        raise DyadlinkError(
            "counts must be whole numbers of none or more", where=where, mend="correct what counted them"
        )
    steps = named.sort("order").select(pl.col("order", "n").cast(pl.Int64), "unit", "step", "kind").select(COLUMNS)
    for _, part in steps.group_by("unit"):
        kinds = part.sort("order").get_column("kind").to_list()
        if set(kinds) - {"box", "exclusion"} or (kinds[0], kinds[-1]) != ("box", "box"):
            raise ContractError("the steps of a unit must begin and end with a box", where=where)
    return steps
