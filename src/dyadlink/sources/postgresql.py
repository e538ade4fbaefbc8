"""Tables of a PostgreSQL server, read through ADBC as text.

The address, with its password, stands in an environment variable and nowhere else: no message of the driver is ever
told, because it may repeat the address or a row.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import adbc_driver_manager
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from dyadlink.errors import SourceError
from dyadlink.sources.columns import match_columns
from dyadlink.sources.databases import Relation, find_relations
from dyadlink.sources.layout import Column
from dyadlink.sources.target import Target
from dyadlink.sources.typed_values import NUMBER, TEXT
from dyadlink.sql import word

PAUSES_SECONDS = (1.0, 4.0)
"""Waited before each further attempt, when the server is down or drops the connection."""
CONNECT_TIMEOUT_SECONDS = "10"

ResultT = TypeVar("ResultT")

_RELATIONS = """
    select namespaces.nspname, relations.relname
    from pg_class as relations
    join pg_namespace as namespaces on relations.relnamespace = namespaces.oid
    where relations.relkind in ('r', 'v', 'm', 'p', 'f')
        and namespaces.nspname not in ('pg_catalog', 'information_schema')
        and has_table_privilege(relations.oid, 'select')
    order by 1, 2
"""
_COLUMNS = """
    select attname, format_type(atttypid, null)
    from pg_attribute
    where attrelid = $1::regclass and attnum > 0 and not attisdropped
    order by attnum
"""
_SESSION = (
    "set session characteristics as transaction read only",
    # Rows come in the order in which they stand: a scan would else begin where another one is, or share its work out.
    "set synchronize_seqscans = off",
    "set max_parallel_workers_per_gather = 0",
)
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_FRACTIONS = ("numeric", "real", "double precision")
_DAYS = ("date", "timestamp")
_REFUSALS = ("password", "authentication", "no pg_hba.conf entry", "permission denied", "does not exist")
_DAY_FORMS = {"year_first": "YYYY-MM-DD", "day_first": "DD/MM/YYYY", "either": "YYYY-MM-DD"}


class PostgresqlServer:
    """A server that tables are read from."""

    def __init__(self, variable: str) -> None:
        """Connect.

        Args:
            variable: Name of the environment variable that holds the address (`postgresql://...`).

        Raises:
            SourceError: The variable is not set, the server does not answer, or refuses the user.
        """
        self._variable = variable
        self._where = f"server in {variable}"
        if not os.environ.get(variable):
            raise SourceError(
                "the environment variable is not set", where=variable, mend="set it to the server's address"
            )
        # A server behind a closed door answers nothing at all.
        os.environ.setdefault("PGCONNECT_TIMEOUT", CONNECT_TIMEOUT_SECONDS)
        self._connection: Any = None
        self._relations = self._retry(lambda: [Relation(*row) for row in self._rows(_RELATIONS)], self._where)

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def load(self, target: Target) -> None:
        """Load the relations that hold the table.

        Raises:
            SourceError: A relation lacks a column, or the connection drops again and again.
        """
        for relation, wildcards in find_relations(target.table, self._relations, self._where).items():
            self._retry(partial(self._load, target, relation, wildcards), f"{self._where}, {relation}")

    def _load(self, target: Target, relation: Relation, wildcards: dict[str, str]) -> None:
        where = f"{self._where}, {relation}"
        name = ".".join(map(word, relation))
        header = self._rows(_COLUMNS, [name])
        wanted = target.wanted(wildcards)
        places = match_columns(wanted, [row[0] for row in header], where, target.local)
        kinds = [NUMBER if row[1].startswith(_NUMBERS) else TEXT for row in header]
        target.note_keys(wanted, places, kinds, where)
        values = ", ".join(
            _as_text([header[place] for place in places[column.name]], column, target.table.dates) for column in wanted
        )
        number = target.add_file(f"{target.source}:{relation}", wildcards)
        try:
            with self._open().cursor() as cursor:
                cursor.execute(f"select {values} from {name}")  # noqa: S608  # quoted names
                for batch in cursor.fetch_record_batch():
                    target.store.append(target.rows, _with_number(pa.Table.from_batches([batch]), number))
        except BaseException:
            # A half-read relation is taken back whole: its rows are read again from the first.
            target.remove_rows(number)
            raise

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with self._open().cursor() as cursor:
            cursor.execute(query, parameters=parameters or None)
            return list(cursor.fetchall())

    def _open(self) -> Any:
        if self._connection is None:
            self._connection = dbapi.connect(os.environ[self._variable], autocommit=True)
            with self._connection.cursor() as cursor:
                for statement in _SESSION:
                    cursor.execute(statement)
        return self._connection

    def _retry(self, work: Callable[[], ResultT], where: str) -> ResultT:
        for pause in (*PAUSES_SECONDS, None):
            try:
                return work()
            except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
                self._forget()
                if _is_refusal(error):
                    raise SourceError(
                        "the server refuses the user, the password or the database",
                        where=where,
                        mend=f"correct the address in {self._variable}",
                    ) from None
                if pause is None:
                    break
                time.sleep(pause)
        raise SourceError(
            f"no answer from the server, or the connection dropped, {len(PAUSES_SECONDS) + 1} times",
            where=where,
            mend="check that it runs and can be reached, then start again",
        )

    def _forget(self) -> None:
        try:
            self.close()
        except adbc_driver_manager.Error:
            self._connection = None  # a dropped connection cannot be closed either


def _is_refusal(error: BaseException) -> bool:
    state = getattr(error, "sqlstate", None) or ""
    message = str(error).lower()
    return state.startswith(("28", "3D", "42")) or any(sign in message for sign in _REFUSALS)


def _as_text(found: Sequence[Any], column: Column, dates: str) -> str:
    texts = [_value(name, physical, column, dates) for name, physical in found]
    inner = f"coalesce({', '.join(texts)})" if len(texts) > 1 else next(iter(texts), "null::text")
    return f'{inner} as "{column.name}"'


def _value(name: str, physical: str, column: Column, dates: str) -> str:
    quoted = word(name)
    if physical.startswith(_DAYS) and column.type == "date":
        return f"to_char({quoted}, '{_DAY_FORMS[dates]}')"
    if physical.startswith(_FRACTIONS):
        return f"trim_scale({quoted}::numeric)::text"
    return f"nullif({quoted}::text, '')"


def _with_number(rows: pa.Table, number: int) -> pa.Table:
    return rows.append_column("file_number", pa.repeat(pa.scalar(number, pa.int32()), rows.num_rows))
