"""Columns of one CSV or Parquet file that belongs to no route, read as the sources are."""

from __future__ import annotations

import glob
from collections.abc import Collection, Mapping
from pathlib import Path

from dyadlink.config import Csv
from dyadlink.errors import SourceError
from dyadlink.sources.catalogue import FORMS, SourceFile
from dyadlink.sources.column_forms import form_errors
from dyadlink.sources.csv_files import load_csv
from dyadlink.sources.layout import Column, Table
from dyadlink.sources.parquet_files import load_parquet
from dyadlink.sources.store import Store
from dyadlink.sources.target import Target, make_file_type
from dyadlink.sql import word


def load_columns(  # noqa: PLR0913  # what a file is
    store: Store,
    path: Path,
    names: Mapping[str, str],
    form: Csv,
    *,
    table: str,
    key: str = "",
    dates: Collection[str] = (),
) -> str:
    """Make the table `loaded_<table>` of a CSV or Parquet file: every column as text.

    Args:
        store: Where rows are kept.
        path: The file.
        names: The file's own name of each column.
        form: How it is written, if it is CSV.
        table: What to call it.
        key: Ids: in all files as text, or in all as numbers.
        dates: Columns of dates, for which `form` may say how they are written.

    Returns:
        Its name.

    Raises:
        SourceError: The file is missing, unreadable or lacks a column.
    """
    file = _source_file(path)
    columns = tuple(
        Column(
            name=name,
            # Dates of any usual form are read by who uses them; a declared one is read here.
            type="date" if name in dates and form.date_format else "text",
            description="Column of a file.",
            key=name == key,
        )
        for name in names
    )
    layout = Table(name=table, path=table, description="A file.", columns=columns, dates="either")
    # A name is no pattern here.
    local = {name: (glob.escape(own),) for name, own in names.items()}
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
    query = f"select {own} from ({target.select()})"  # noqa: S608  # names in quotes
    store.connection.execute(f'create or replace table "loaded_{table}" as {query}')
    return f"loaded_{table}"


def _source_file(path: Path) -> SourceFile:
    form = next((form for form in FORMS if path.name.lower().endswith(form)), None)
    if form is None:
        raise SourceError("is neither CSV nor Parquet", where=str(path), mend="give a .csv, .csv.gz or .parquet file")
    if not path.is_file():
        raise SourceError("file not found", where=str(path), mend="give the path of an existing file")
    return SourceFile(path, form, {})
