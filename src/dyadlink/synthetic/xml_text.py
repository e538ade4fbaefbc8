"""Expressions that write XML elements."""

from __future__ import annotations

import polars as pl


def tag(name: str, value: pl.Expr) -> pl.Expr:
    """Return an element, or null where the value is."""
    return pl.concat_str(pl.lit(f"<{name}>"), value, pl.lit(f"</{name}>"))


def day_tag(name: str, value: pl.Expr, last: int) -> pl.Expr:
    """Return a date element, or null where the date is missing or after the last day."""
    return tag(name, iso(value, last))


def iso(value: pl.Expr, last: int) -> pl.Expr:
    """Return the text of a date, or null where it is missing or after the last day."""
    return pl.when(value <= last).then(value).cast(pl.Int32).cast(pl.Date).cast(pl.String)


def escaped(value: pl.Expr) -> pl.Expr:
    """Return a text as XML holds it."""
    return value.str.replace_all("&", "&amp;", literal=True)


def element(name: str, parts: list[pl.Expr]) -> pl.Expr:
    """Return an element with its parts one after the other, those left out that are null."""
    return pl.concat_str(pl.lit(f"<{name}>"), *parts, pl.lit(f"</{name}>"), ignore_nulls=True)


def joined(frame: pl.DataFrame, key: str, xml: pl.Expr, alias: str) -> pl.DataFrame:
    """Return one row per key with its elements one after the other."""
    rows = frame.select(key, xml.alias(alias))
    return rows.group_by(key, maintain_order=True).agg(pl.col(alias).str.join(""))
