"""A mapping drafted from the column names of a file, for a person to check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import yaml

from dyadlink.config import Csv, Route
from dyadlink.errors import ConfigError, SourceError
from dyadlink.sources.catalogue import FORMS, SourceFile
from dyadlink.sources.columns import nearest
from dyadlink.sources.csv_files import read_header
from dyadlink.sources.layout import Column, Table, load_layout


def draft_mapping(path: Path, route: Route, table_name: str, options: Csv) -> str:
    """A mapping of one table as YAML text.

    A column that has its standard name, in whatever case, needs no line. One that is nearly a standard name is
    proposed; what is left on either side stands in comments.

    Args:
        path: A CSV or Parquet file.
        route: The route whose layout the file is to meet.
        table_name: The table of that route.
        options: How a CSV file is written.

    Raises:
        ConfigError: The route has no such table.
        SourceError: The file cannot be read, or is neither CSV nor Parquet.
    """
    table = _table(route, table_name)
    header = _header(path, options)
    proposed, missing, unknown = _propose(table, header)
    lines = [
        f"# Drafted from {path.name}. Check each line; a name stands for the column on its right.",
        f"route: {route}",
        "tables:",
        f"  {table.name}:",
        f"    path: {_text(_stem(path))}  # below the input's location, without extension",
    ]
    lines += ["    columns:"] if proposed else ["    columns: {}"]
    lines += [f"      {_text(local)}: {_text(name)}" for local, name in proposed]
    lines += [f"      # not found: {name}" for name in missing]
    lines += [f"      # not in the layout: {_text(local)}" for local in unknown]
    return "\n".join(lines) + "\n"


def _table(route: Route, name: str) -> Table:
    tables = {table.name: table for table in load_layout(route).tables}
    if name not in tables:
        near = nearest(name, list(tables))
        mend = f"is it {near}?" if near else "docs/reference/source-layout.md lists them"
        raise ConfigError(f"no table '{name}' in {route}", where="--table", mend=mend)
    return tables[name]


def _header(path: Path, options: Csv) -> list[str]:
    form = next((form for form in FORMS if path.name.lower().endswith(form)), None)
    if form is None:
        raise SourceError("is neither CSV nor Parquet", where=str(path), mend="give a .csv, .csv.gz or .parquet file")
    if form != ".parquet":
        return [name.strip() for name in read_header(SourceFile(path, form, {}), options)]
    try:
        return list(pl.read_parquet_schema(path))
    except (OSError, pl.exceptions.PolarsError):
        raise SourceError("is no Parquet file, or cannot be read", where=str(path), mend="export it again") from None


def _stem(path: Path) -> str:
    return next(path.name[: -len(form)] for form in FORMS if path.name.lower().endswith(form))


def _propose(table: Table, header: Sequence[str]) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Local names with the columns they may be, columns that were not found, local names that are nothing known."""
    free = [name for name in header if name]
    wanted = [*table.columns, *(Column(name=name, description="Part of the path.") for name in table.wildcards)]
    left = []
    for column in wanted:
        names = {name.lower() for name in (column.name, *column.also)}
        standing = [local for local in free if local.lower() in names]
        free = [local for local in free if local not in standing]
        if not standing:
            left.append(column)
    proposed, missing = [], []
    for column in left:
        near = next((found for name in (column.name, *column.also) if (found := nearest(name, free))), None)
        if near is None:
            # A part of the path is only looked for in the file when the path does not give it.
            missing += [column.name] if column in table.columns else []
        else:
            proposed.append((near, column.name))
            free.remove(near)
    return proposed, missing, free


def _text(value: str) -> str:
    """A value as YAML writes it on one line."""
    dumped = yaml.safe_dump(value, allow_unicode=True, width=10_000)
    return dumped.removesuffix("...\n").rstrip("\n")
