"""Names and values as SQL writes them."""

from __future__ import annotations


def word(name: str) -> str:
    """A column or table name in quotes."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def text(value: str) -> str:
    """A text in quotes."""
    doubled = value.replace("'", "''")
    return f"'{doubled}'"
