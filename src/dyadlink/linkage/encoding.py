"""Persons without names: each identifier as a keyed hash, names and dates also as keyed Bloom filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import duckdb
import pyarrow as pa

from dyadlink.key_file import SecretKey
from dyadlink.linkage.bloom import BloomFilters, BloomParameters, date_parts, qgrams
from dyadlink.linkage.keys import parse_key
from dyadlink.pseudonyms import add_hash_macro
from dyadlink.sql import word

HASHED: Final = {
    "nhs_number_hash": "nhs_number",
    "forename_hash": "forename",
    "surname_hash": "surname",
    "surname_soundex_hash": "surname.soundex",
    "birth_date_hash": "birth_date",
    "postcode_hash": "postcode",
    "postcode_district_hash": "postcode.district",
    "mother_nhs_number_hash": "mother_nhs_number",
    "mother_birth_date_hash": "mother_birth_date",
}
"""Columns that are equal or not, and the key that each is the hash of."""
FILTERED: Final[dict[str, tuple[str, Callable[[str], list[str]]]]] = {
    "forename_bloom": ("forename", qgrams),
    "surname_bloom": ("surname", qgrams),
    "birth_date_bloom": ("birth_date", date_parts),
    "postcode_bloom": ("postcode", qgrams),
    "mother_forename_bloom": ("mother_forename", qgrams),
    "mother_surname_bloom": ("mother_surname", qgrams),
}
"""Columns that are more or less alike, the key that each is made of, and how it is taken apart."""
SEX: Final = "case l.sex when 'male' then 'M' when 'female' then 'F' end as sex"
"""It stays as it is, by a code that is read again: a hash of two values hides nothing."""


def encode_persons(
    connection: duckdb.DuckDBPyConnection, key: SecretKey, parameters: BloomParameters, kept: Sequence[str] = ()
) -> None:
    """Make the table `encoded_persons` of the standardised `left_persons`.

    An id becomes the pseudonym `person_id`; of the other columns stay HASHED, FILTERED and `sex`, and those that are
    to be kept as they are. A column without any value is left out.

    Args:
        connection: Holds `left_persons` and the macros.
        key: Key of the authorities that link; both sides use the same.
        parameters: Of the Bloom filters.
        kept: Further columns of `left_persons` that stay as they are, such as the authority's code.
    """
    add_hash_macro(connection, "hash_of_id", key, "encoded:person_id")
    columns = ["hash_of_id(l.person_id) as person_id", *(f"l.{word(name)}" for name in kept), SEX]
    joins = []
    for name, written in HASHED.items():
        add_hash_macro(connection, f"hash_{name}", key, f"encoded:{name}")
        columns.append(f"hash_{name}(({parse_key(written).value('l')})::varchar) as {name}")
    for name, (written, split) in FILTERED.items():
        # A date is its own salt, and of a mother's name the child's year of birth says nothing.
        is_salted = parameters.is_salted and written in ("forename", "surname")
        value = f"({parse_key(written).value('l')})::varchar"
        salt = "coalesce(year(l.birth_date)::varchar, '')" if is_salted else "''"
        filters = BloomFilters(key.derive(f"encoded:{name}"), parameters)
        _make_filters(connection, name, value, salt, _encoder(filters, split))
        columns.append(f"{name}.filter as {name}")
        joins.append(f"left join {name} on {name}.value = {value} and {name}.salt = {salt}")
    query = f"select {', '.join(columns)} from left_persons as l {' '.join(joins)}"
    connection.execute(f"create or replace table encoded_persons as {query}")
    _drop_empty(connection, [*HASHED, *FILTERED, "sex"])
    # In the order of the pseudonyms: that of the ids could tell who is who.
    connection.execute("create or replace table encoded_persons as from encoded_persons order by person_id")


def _encoder(filters: BloomFilters, split: Callable[[str], list[str]]) -> Callable[[str, str], str]:
    return lambda text, salt: filters.encode(split(text), salt)


def _make_filters(
    connection: duckdb.DuckDBPyConnection, name: str, value: str, salt: str, encode: Callable[[str, str], str]
) -> None:
    """Make a table of each different value and its filter, in memory: it holds both side by side."""
    query = f"select distinct {value} as value, {salt} as salt from left_persons as l where {value} is not null"
    pairs = connection.execute(query).fetchall()
    found = pa.table(
        {
            "value": pa.array([text for text, _ in pairs], pa.string()),
            "salt": pa.array([salted for _, salted in pairs], pa.string()),
            "filter": pa.array([encode(text, salted) for text, salted in pairs], pa.string()),
        }
    )
    connection.register(name, found)


def _drop_empty(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> None:
    counts = ", ".join(f"count({name})" for name in columns)
    (filled,) = connection.execute(f"select {counts} from encoded_persons").fetchall()
    for name, n in zip(columns, filled, strict=True):
        if not n:
            connection.execute(f"alter table encoded_persons drop column {name}")
