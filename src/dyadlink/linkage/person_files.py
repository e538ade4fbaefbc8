"""Files of persons as tables of text: read by the readers of the sources, refused where an id names two persons."""

from __future__ import annotations

from pathlib import Path

import duckdb

from dyadlink.config import Csv
from dyadlink.errors import SourceError
from dyadlink.linkage.file_settings import DATES, GROUP, PERSON_ID, PersonFile
from dyadlink.linkage.persons import Side
from dyadlink.sources.catalogue import FORMS, SourceFile
from dyadlink.sources.column_forms import form_errors
from dyadlink.sources.csv_files import load_csv
from dyadlink.sources.layout import Column, Table
from dyadlink.sources.parquet_files import load_parquet
from dyadlink.sources.store import Store
from dyadlink.sources.target import Target, make_file_type
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
    loaded = load_columns(store, path, names, settings.csv, table=side)
    _check_persons(store.connection, loaded, path, settings.id)
    own = ", ".join(f"nullif(trim({word(name)}), '') as {word(name)}" for name in names)
    store.connection.execute(f"create or replace table raw_{side} as select {own} from {loaded}")
    store.connection.execute(f"drop table {loaded}")


def load_columns(  # noqa: PLR0913  # what a file is
    store: Store, path: Path, names: dict[str, str], form: Csv, *, table: str, key: str = PERSON_ID
) -> str:
    """Make the table `loaded_<table>` of a CSV or Parquet file.

    Args:
        store: Where rows are kept.
        path: The file.
        names: The file's own name of each column.
        form: How it is written, if it is CSV.
        table: What to call it.
        key: Ids: in all files as text, or in all as numbers.

    Returns:
        Its name.

    Raises:
        SourceError: The file is missing, unreadable or lacks a column.
    """
    file = _source_file(path)
    columns = tuple(
        Column(
            name=name,
            # Dates of any usual form are read as the persons are standardised; a declared one is read here.
            type="date" if name in DATES and form.date_format else "text",
            description="Column of a file of persons.",
            key=name == key,
        )
        for name in names
    )
    layout = Table(name=table, path=table, description="A file of persons.", columns=columns, dates="either")
    local = {name: (own,) for name, own in names.items()}
    target = Target(store, "file", layout, wildcards=(), stage="linkage", local=local, values={})
    if file.form == ".parquet":
        load_parquet(target, [file])
    else:
        load_csv(target, [file], form)
    target.finish()
    for _, error in form_errors(target):
        raise error
    make_file_type(store.connection, [target])
    own = ", ".join(word(name) for name in names)
    query = f"select {own} from ({target.select()})"
    store.connection.execute(f'create or replace table "loaded_{table}" as {query}')
    return f"loaded_{table}"


def _source_file(path: Path) -> SourceFile:
    form = next((form for form in FORMS if path.name.lower().endswith(form)), None)
    if form is None:
        raise SourceError("is neither CSV nor Parquet", where=str(path), mend="give a .csv, .csv.gz or .parquet file")
    if not path.is_file():
        raise SourceError("file not found", where=str(path), mend="give the path of an existing file")
    return SourceFile(path, form, {})


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
