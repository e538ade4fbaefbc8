"""Standardises the persons of one side, inside the database, and counts what each rule did."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import duckdb

from dyadlink.errors import SourceError
from dyadlink.sql import create_tables, text, word

Side = Literal["left", "right"]

IDENTIFIERS = (
    "nhs_number",
    "forename",
    "surname",
    "birth_date",
    "sex",
    "postcode",
    "mother_nhs_number",
    "mother_birth_date",
    "mother_forename",
    "mother_surname",
)
"""The identifiers that have rules of their own; any further column is trimmed and put into upper case."""
FORMS = ("forename_forms", "surname_forms", "birth_date_forms", "postcode_forms")
_KNOWN = ("person_id", "person_group", *IDENTIFIERS)


def standardise(connection: duckdb.DuckDBPyConnection, sql: Path, side: Side) -> None:
    """Make `<side>_persons` of `raw_<side>` (text), and add to `standardising` (side, rule, n of records).

    Args:
        connection: Holds `raw_<side>` with `person_id` and any of the other identifiers, the macros, and the code
            lists `placeholder_names`, `nicknames` and `sexes` as views.
        sql: Folder that holds linkage/.
        side: Which of the two.

    Raises:
        SourceError: The side has no usable identifier, or an id is missing or stands twice.

    Source: the union of published cleaning rules (STANDARDS 5.6).
    """
    held = [name.lower() for name in connection.table(f"raw_{side}").columns]
    further = [name for name in held if name not in _KNOWN]
    if not set(held) - {"person_id", "person_group"}:
        raise SourceError("holds no identifier to link by", where=f"persons, {side} side", mend="name its columns")
    columns = [f"{word(name)}::varchar as {name}" if name in held else f"null::varchar as {name}" for name in _KNOWN]
    packed = ", ".join(f"{word(name)} := nullif(upper(trim({word(name)}::varchar)), '')" for name in further)
    columns.append(f"struct_pack({packed}) as further" if further else "null::varchar as further")
    connection.execute(f"create or replace temp view raw_persons as select {', '.join(columns)} from raw_{side}")
    create_tables(connection, sql / "linkage", (*FORMS, "persons", "standardising_counts"), {})
    unpacked = ", further.*" if further else ""
    connection.execute(f"drop table if exists {side}_rows")
    connection.execute(f"alter table persons rename to {side}_rows")
    connection.execute(
        f"create or replace view {side}_persons as select * exclude (further){unpacked} from {side}_rows"
    )
    connection.execute("create table if not exists standardising (side varchar, rule varchar, n bigint)")
    connection.execute(
        f"insert into standardising select {text(side)}, rule, n from standardising_counts order by rule"
    )
    for name in (*FORMS, "standardising_counts"):
        connection.execute(f"drop table {name}")
    connection.execute("drop view raw_persons")
    _check_ids(connection, side)


def _check_ids(connection: duckdb.DuckDBPyConnection, side: Side) -> None:
    rows = connection.execute(
        f"select count(*), count(person_id), count(distinct person_id) from {side}_rows"  # own name
    ).fetchall()
    ((n, n_named, n_different),) = rows
    if n_named < n:
        raise SourceError(f"{n - n_named:,} row(s) have no id", where=f"persons, {side} side")
    if n_different < n:
        raise SourceError(
            f"{n - n_different:,} id(s) stand in more than one row",
            where=f"persons, {side} side",
            mend="give each person one row",
        )
