"""Checks a table against its contract; the message carries counts and rule names, never values."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from dyadlink.errors import ContractError


def check_table(frame: pl.DataFrame, contract: type[dy.Schema], table: str) -> pl.DataFrame:
    """The frame, in the contract's columns and types.

    Raises:
        ContractError: The frame breaks the contract; the message names the rules and counts the rows.
    """
    missing = [name for name in contract.columns() if name not in frame.columns]
    if missing:
        raise ContractError(f"lacks column(s) {', '.join(missing)}", where=f"table {table}")
    try:
        return contract.validate(frame.select(list(contract.columns())), cast=True)
    except (dy.exc.ValidationError, dy.exc.SchemaError, pl.exceptions.PolarsError) as error:
        reason = " ".join(line.strip() for line in str(error).splitlines() if line.strip())
        raise ContractError(f"breaks its contract: {reason}", where=f"table {table}") from None
