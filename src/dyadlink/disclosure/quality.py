"""Released counts of the records that break each rule of the sources."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.audit import CellSystem, Line
from dyadlink.disclosure.cells import protect_cells
from dyadlink.disclosure.profiles import Profile
from dyadlink.errors import DyadlinkError
from dyadlink.schemas import check_table
from dyadlink.schemas.quality import DataQuality

_KEYS = ["source", "rule", "severity", "title"]
_READ, _ACCEPTED = "rows_read", "accepted"


def protect_quality(quality: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per source table and rule, in the order of the input: source, rule, severity, title, status, n (rounded).

    The return years are added up: with them and their total out, a hidden year could be worked out. A rule that
    nothing breaks is there and hidden like a small count, so that being listed tells nothing.

    Args:
        quality: In the shape of `DataQuality`.
        profile: The rules of disclosure.

    Raises:
        ContractError: The counts break their contract.
        DyadlinkError: A count is fractional, or rows accepted and set aside do not add up to the rows read.
    """
    if not quality.schema.get("n", pl.String()).is_integer():
        raise DyadlinkError("counts must be whole numbers", where="table data_quality")
    checked = check_table(quality, DataQuality, "data_quality")
    totals = checked.group_by(*_KEYS, "is_row_outcome", maintain_order=True).agg(pl.col("n").sum())
    return pl.concat([totals.select(_KEYS), protect_cells(_lay_out(totals), profile)], how="horizontal")


def _lay_out(totals: pl.DataFrame) -> CellSystem:
    """Rows read are rows accepted and those set aside by each rule; other rules are no part of anything."""
    read: dict[str, int] = {}
    parts: dict[str, list[int]] = {}
    reasons: list[int] = []
    for cell, (source, rule, is_part) in enumerate(totals.select("source", "rule", "is_row_outcome").iter_rows()):
        if rule == _READ:
            read[source] = cell
        elif is_part:
            parts.setdefault(source, []).append(cell)
            reasons += [] if rule == _ACCEPTED else [cell]
    lines = tuple(Line(read[source], tuple(cells)) for source, cells in parts.items() if source in read)
    # Whoever knows the rows read and the reasons knows the rows accepted well enough: these are hidden first.
    keep = (*reasons, *read.values())
    return CellSystem(tuple(totals.get_column("n")), lines, tuple(totals.get_column("source")), keep)
