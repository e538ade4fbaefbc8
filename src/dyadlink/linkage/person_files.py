"""Files of persons as tables of text: read by the readers of the sources, refused where an id names two persons."""

from __future__ import annotations

from pathlib import Path

import duckdb

from dyadlink.errors import SourceError
from dyadlink.linkage.file_settings import DATES, GROUP, PERSON_ID, PersonFile
from dyadlink.linkage.persons import Side
from dyadlink.sources.one_file import load_columns
from dyadlink.sources.store import Store
from dyadlink.sql import word


def load_persons(store: Store, path: Path, settings: PersonFile, side: Side) -> None:
    """Make the table `raw_<side>`: `person_id`, `person_group`, identifiers and further columns, all as text.

    Raises:
        SourceError: The file is missing, unreadable, empty, lacks a column or an id, or names a person twice.
    """
    names = {PERSON_ID: settings.id, **{name: local for local, name in settings.columns.items()}}
    names |= {name: name for name in settings.encoded}
    if settings.group is not None:
        names[GROUP] = settings.group
    loaded = load_columns(store, path, names, settings.csv, table=side, key=PERSON_ID, dates=DATES)
    _check_persons(store.connection, loaded, path, settings.id)
    own = ", ".join(f"nullif(trim({word(name)}), '') as {word(name)}" for name in names)
    store.connection.execute(f"create or replace table raw_{side} as select {own} from {loaded}")
    store.connection.execute(f"drop table {loaded}")


def _check_persons(connection: duckdb.DuckDBPyConnection, table: str, path: Path, id_column: str) -> None:
    query = f"""
        select count(*), count(*) - count(id), count(id) - count(distinct id)
        from (select nullif(trim(person_id), '') as id from "{table}")
    """
    ((n, n_missing, n_repeated),) = connection.execute(query).fetchall()
    where = str(path)
    if not n:
        raise SourceError("holds no person", where=where, mend="export it again")
    if n_missing:
        raise SourceError(f"{n_missing:,} row(s) have no id in column {id_column}", where=where, mend="give them one")
    if n_repeated:
        raise SourceError(
            f"{n_repeated:,} row(s) repeat the id of another in column {id_column}",
            where=where,
            mend="keep one row for each person, or name another column as id",
        )
