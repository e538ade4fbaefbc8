"""Released counts of the records that each cleaning rule touched."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.audit import CellSystem
from dyadlink.disclosure.cells import protect_cells
from dyadlink.disclosure.profiles import Profile
from dyadlink.errors import ContractError, DyadlinkError

_KEYS = ("source", "table", "rule")


def protect_quality(quality: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per rule, in the order of the input: source, table, rule, status, n (rounded).

    source and table are left out where the input does not name them.

    Raises:
        ContractError: A column is missing.
        DyadlinkError: A count is negative or fractional.
    """
    missing = [column for column in ("rule", "n") if column not in quality.columns]
    if missing:
        raise ContractError(f"lacks column(s) {', '.join(missing)}", where="table data_quality")
    if not quality.schema["n"].is_integer() or quality.get_column("n").null_count():
        raise DyadlinkError("counts must be whole numbers", where="table data_quality")
    # ASSUME: the rules' counts are not parts of one another, so each is protected for itself.
    system = CellSystem(tuple(quality.get_column("n").to_list()), (), ("data_quality",) * quality.height)
    keys = [column for column in _KEYS if column in quality.columns]
    return pl.concat([quality.select(keys), protect_cells(system, profile)], how="horizontal")
