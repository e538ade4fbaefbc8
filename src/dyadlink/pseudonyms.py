"""Study pseudonyms: a keyed hash in the place of the ids that the sources hand over."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from dyadlink.errors import ContractError
from dyadlink.key_file import SecretKey, read_key

DIGITS = 20
"""Hexadecimal digits kept of the 64, 80 bits: as many characters as a child's id may have in a return (DfE rule 1570).
Two of 10^7 persons share one with a chance of 4 in 10^11, and that is checked."""
CHILD = "child"
PERSON = "person"
"""Whose pseudonym it is: an id of one kind tells nothing of the same id of the other kind."""
_BLOCK_BYTES = 64
_INNER, _OUTER = 0x36, 0x5C
"""Block size of SHA-256, and the two pads of HMAC (RFC 2104)."""


def study_key(path: Path | None, project: Path) -> SecretKey | None:
    """The key of the study, or None where the ids stay as they are handed over; see `read_key`."""
    return None if path is None else read_key(path, project=project)


def key_of_step(params: Mapping[str, str] | None) -> SecretKey | None:
    """The same for a step of the workflow, which is told the `file` and the `project` and never the key."""
    return None if params is None else read_key(Path(params["file"]), project=Path(params["project"]))


def pseudonym(key: SecretKey, kind: str, text: str) -> str:
    """20 hexadecimal digits: HMAC-SHA256 of the text under the key of that kind, cut short."""
    return hmac.digest(key.derive(kind), text.encode(), hashlib.sha256).hex()[:DIGITS]


def child_pseudonym(key: SecretKey, la_code: str, la_child_id: str) -> str:
    """That of a child of an authority: an id means nothing outside the authority that gave it."""
    return pseudonym(key, CHILD, f"{la_code.strip()}:{la_child_id.strip()}")


def add_hash_macro(connection: duckdb.DuckDBPyConnection, name: str, key: SecretKey, kind: str) -> None:
    """Give the connection the macro `name(text)`: `pseudonym` as SQL; null of null.

    The macro is temporary: it stands in memory alone, and views that use it hold its name and not the key.
    """
    derived = key.derive(kind).ljust(_BLOCK_BYTES, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in derived).hex() for pad in (_INNER, _OUTER))
    connection.execute(
        f"create or replace temp macro {name}(txt) as "
        f"left(sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode(txt)))), {DIGITS})"
    )


PERSON_COLUMNS = ("person_id", "person_id_mother", "person_id_baby", "pseudo_hesid")
"""Columns of the canonical tables that say who a person of the health records is."""
CHILD_COLUMNS, AUTHORITY_COLUMN = ("lachildid", "child"), "la_code"
"""Columns that say who a child of an authority is (`CHILD` in the SSDA903), and the one that names the authority."""
_ONE_ROW_A_PERSON = (
    "nhs_identifiers",
    "authority_identifiers",
    "mhs001mpi",
    "msd401babydemographics",
    "cin_census_children",
    "ssda903_header",
)
"""Tables that name everybody whom the study can hold: there two ids of one pseudonym would be seen."""


def pseudonymise_views(connection: duckdb.DuckDBPyConnection, tables: Iterable[str], key: SecretKey) -> None:
    """Put pseudonyms in the place of person and child ids of canonical tables, before anything reads them.

    Args:
        connection: Holds a view in `main` for each table.
        tables: Names of the views.
        key: Key of the study.

    Raises:
        ContractError: Two ids share a pseudonym.
    """
    add_hash_macro(connection, "person_pseudonym", key, PERSON)
    add_hash_macro(connection, "child_pseudonym", key, CHILD)
    for table in tables:
        ids = _ids_of(connection.table(table).columns)
        if ids:
            _replace(connection, table, ids)


def _ids_of(columns: Iterable[str]) -> dict[str, tuple[str, str]]:
    """For each column that holds ids: the macro that makes its pseudonyms, and what the macro is given."""
    named = {column.lower(): column for column in columns}
    ids = {
        named[name]: ("person_pseudonym", f"nullif(trim(\"{named[name]}\"), '')")
        for name in PERSON_COLUMNS
        if name in named
    }
    for name in (name for name in CHILD_COLUMNS if name in named):
        child, authority = named[name], named[AUTHORITY_COLUMN]
        ids[child] = ("child_pseudonym", f"trim(\"{authority}\") || ':' || nullif(trim(\"{child}\"), '')")
    return ids


def _replace(connection: duckdb.DuckDBPyConnection, table: str, ids: Mapping[str, tuple[str, str]]) -> None:
    handed_over = f'main."{table}_as_handed_over"'
    connection.execute(f'alter view main."{table}" rename to "{table}_as_handed_over"')
    if table in _ONE_ROW_A_PERSON:
        for macro, text in ids.values():
            _check_no_two_share(connection, handed_over, macro, text)
    words = ", ".join(f'{macro}({text}) as "{column}"' for column, (macro, text) in ids.items())
    query = f"select * replace ({words}) from {handed_over}"  # noqa: S608  # names of layouts
    connection.execute(f'create or replace view main."{table}" as {query}')


def _check_no_two_share(connection: duckdb.DuckDBPyConnection, view: str, macro: str, text: str) -> None:
    query = f"select count(id) - count(distinct {macro}(id)) from (select distinct {text} as id from {view})"  # noqa: S608
    ((n,),) = connection.execute(query).fetchall()
    if n:
        raise ContractError(f"{n:,} id(s) share a pseudonym with another", where=view, mend="use another key")
