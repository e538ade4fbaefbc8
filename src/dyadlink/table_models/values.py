"""What the texts of a table stand for: numbers, codes, yes and no."""

from __future__ import annotations

import re

import polars as pl

YES, NO = ("1", "true", "yes"), ("0", "false", "no")
"""How a column says that something is so, and that it is not, in any case of letters."""

_WHOLE = r"^([+-]?\d+)\.0+$"
_TRUTH = r"^(?i:true|false)$"


def plain(text: str) -> str:
    """A code as it is compared: without space around it, 1.0 as 1, True as true."""
    text = re.sub(_WHOLE, r"\1", text.strip())
    return text.lower() if re.match(_TRUTH, text) else text


def plain_column(column: pl.Expr) -> pl.Expr:
    """The codes of a text column as `plain` gives them."""
    text = column.str.strip_chars().str.replace(_WHOLE, "$1")
    return pl.when(text.str.contains(_TRUTH)).then(text.str.to_lowercase()).otherwise(text)


def truth(column: pl.Expr) -> pl.Expr:
    """Whether a text column says yes; null where it says neither yes nor no."""
    text = plain_column(column).str.to_lowercase()
    return pl.when(text.is_in(YES)).then(True).when(text.is_in(NO)).then(False)


def number(column: pl.Expr) -> pl.Expr:
    """The number of a text column; null where there is none."""
    return column.str.strip_chars().cast(pl.Float64, strict=False)
