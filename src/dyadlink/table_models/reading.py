"""The columns of a table that a model names, as text."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dyadlink.config import Resources
from dyadlink.errors import SourceError
from dyadlink.sources.one_file import load_columns
from dyadlink.sources.store import Store
from dyadlink.sql import connect
from dyadlink.table_models.specification import TableModel


def read_table(path: Path, model: TableModel) -> pl.DataFrame:
    """The model's columns by their names in the file, all of them text; null where a value is missing.

    Raises:
        SourceError: The file is missing, unreadable or has no row; a column is missing, there twice, or empty.
    """
    # Quotes keep the columns of the file apart from those that the reader adds.
    names = {f"'{column}'": column for column in model.columns}
    connection = connect(Resources())
    try:
        loaded = load_columns(Store(connection), path, names, model.csv, table="table")
        frame: pl.DataFrame = connection.table(loaded).pl().rename(names)
    finally:
        connection.close()
    if frame.is_empty():
        raise SourceError("holds no row", where=str(path), mend="export it again")
    text = pl.all().str.strip_chars()
    frame = frame.with_columns(pl.when(~text.is_in(["", *model.missing_as])).then(text))
    for column in frame.columns:
        if frame.get_column(column).null_count() == frame.height:
            raise SourceError(
                f"column '{column}' is empty: every value is missing", where=str(path), mend="check what was exported"
            )
    return frame
