"""Values of a typed source (Parquet, DuckDB) as the text that a CSV file of the layout would hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dyadlink.sources.layout import DATE_FORMS, Column
from dyadlink.sql import word

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL")
_DAYS = ("DATE", "TIMESTAMP")

NUMBER, TEXT = "a number", "text"


def kind_of(physical: str) -> str:
    """What a key of this type is: a number loses leading zeros, so it cannot meet a text."""
    return NUMBER if physical.startswith((*_NUMBERS, *_FRACTIONS)) else TEXT


def as_text(name: str, physical: str, column: Column, dates: str) -> str:
    """The SQL expression of a value as text: days in the layout's form, whole numbers without a point, '' as null."""
    quoted = word(name)
    if physical.startswith(_DAYS) and column.type == "date":
        return f"strftime({quoted}, '{DATE_FORMS[dates][0]}')"
    if physical.startswith(_FRACTIONS):
        as_it_is = f"cast({quoted} as varchar)"
        whole = f"coalesce(cast(try_cast({quoted} as hugeint) as varchar), {as_it_is})"
        # NaN is what pandas writes for nothing; an infinite number is one that nobody can have meant, and is told.
        return f"case when isnan({quoted}) then null when {quoted} = trunc({quoted}) then {whole} else {as_it_is} end"
    return f"nullif(cast({quoted} as varchar), '')"


def select_list(
    wanted: Sequence[Column], places: Mapping[str, tuple[int, ...]], header: Sequence[tuple[str, str]], dates: str
) -> str:
    """The select list that gives each wanted column as text, from a header of (name, physical type)."""
    values = []
    for column in wanted:
        texts = [as_text(*header[place], column, dates) for place in places[column.name]]
        text = f"coalesce({', '.join(texts)})" if len(texts) > 1 else next(iter(texts), "null::varchar")
        values.append(f'{text} as "{column.name}"')
    return ", ".join(values)
