"""All inputs of a study as text: what each holds, by the layout of its route, then the study's own raw tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import duckdb

from dyadlink.config import Input, Route, Sources
from dyadlink.errors import DyadlinkError, SourceError
from dyadlink.key_file import SecretKey
from dyadlink.pseudonyms import pseudonymise_views
from dyadlink.sources.catalogue import Folder, SourceFile
from dyadlink.sources.cin_census import read_cin_census
from dyadlink.sources.column_forms import form_errors
from dyadlink.sources.csv_files import load_csv
from dyadlink.sources.duckdb_file import DuckdbFile
from dyadlink.sources.faults import Faults
from dyadlink.sources.layout import ORIGIN, Layout, Stage, Table, canonical_tables, load_layout
from dyadlink.sources.mapping import input_layout, local_names, local_values
from dyadlink.sources.parquet_files import load_parquet
from dyadlink.sources.ssda903_xml import read_ssda903
from dyadlink.sources.store import Store
from dyadlink.sources.target import FILE_TYPE, Target, make_file_type
from dyadlink.sources.xml_files import Reader, load_xml
from dyadlink.sql import create_view

_XML_READERS: dict[str, Reader] = {"cin_census": read_cin_census, "ssda903": read_ssda903}


def load_sources(  # noqa: PLR0913  # what a study reads, and how
    connection: duckdb.DuckDBPyConnection,
    sources: Sources,
    sql: Path,
    stage: Stage = "staging",
    *,
    faults: Faults | None = None,
    key: SecretKey | None = None,
) -> None:
    """Make a view in `main` for each canonical table that the stage opens.

    Args:
        connection: Where they are made; holds a view `codelist_<name>` for each code list that a route's SQL reads.
        sources: What to read.
        sql: Folder that holds macros.sql and routes/.
        stage: Who will read: linkage alone is given identifiers.
        faults: Where to gather what cannot be read; without it the first such error ends the loading.
        key: Key of the study: ids of persons become pseudonyms before anything reads them; without it they stay.

    The columns are those of the canonical table as text, then `input`, `source_file` (of the type
    `FILE_TYPE`) and `source_row` (integer).

    Raises:
        SourceError: A file or relation is missing, unreadable or not what its layout says, and none is gathered.
        ConfigError: A mapping is wrong.
    """
    connection.execute((sql / "macros.sql").read_text(encoding="utf-8"))
    store, faults = Store(connection), faults or Faults(is_gathering=False)
    by_route: dict[Route, list[Target]] = {}
    for source in sources.read_from():
        by_route.setdefault(source.route, []).extend(_load_input(store, source, stage, faults))
    make_file_type(connection, [target for targets in by_route.values() for target in targets])
    for route, targets in by_route.items():
        missing = _note_missing(load_layout(route), stage, targets, sources, faults)
        _make_route_views(connection, route, targets)
        _make_canonical_views(connection, route, stage, sql)
        _empty_half_made(connection, route, targets, missing)
    for table in canonical_tables(stage):
        _make_view(connection, table, list(by_route))
    if key is not None:
        pseudonymise_views(connection, [table.name for table in canonical_tables(stage)], key)


def _load_input(store: Store, source: Input, stage: Stage, faults: Faults) -> list[Target]:
    standard = load_layout(source.route)
    targets = [
        Target(
            store,
            source.name,
            table,
            wildcards=standard.table(table.name).wildcards,
            stage=stage,
            local=local_names(source, table.name),
            values=local_values(source, table.name),
        )
        for table in input_layout(source).tables_for(stage)
    ]
    with faults.catch(source.name, standard, targets):
        _LOADERS[source.format](store.connection, source, targets, faults)
    for target in targets:
        target.finish()
        for number, error in form_errors(target):
            with faults.catch(target.table.name, standard, [target]):
                target.leave_out([number])
                raise error
    return targets


def _load_folder(_: duckdb.DuckDBPyConnection, source: Input, targets: Sequence[Target], faults: Faults) -> None:
    folder, layout = Folder(Path(source.location or "")), load_layout(source.route)
    documents: dict[Path, list[Target]] = {}
    xml_files: dict[Path, SourceFile] = {}
    for target in targets:
        files: list[SourceFile] = []
        with faults.catch(target.table.name, layout, [target]):
            files = folder.files(target.table)
        for file in files:
            if file.is_xml:
                documents.setdefault(file.path, []).append(target)
                xml_files[file.path] = file
        # Files of one header are read together, unless each is to tell what is wrong with it.
        for some in [[file] for file in files] if faults.is_gathering else [files]:
            with faults.catch(target.table.name, layout, [target]):
                load_csv(target, [file for file in some if file.form in (".csv", ".csv.gz")], source.csv)
                load_parquet(target, [file for file in some if file.form == ".parquet"])
    for path, sharing in documents.items():
        xml = sharing[0].table.xml
        reader = xml.reader if xml else ""
        with faults.catch(reader, layout, sharing):
            load_xml(sharing, xml_files[path], _XML_READERS[reader])


def _load_duckdb(
    connection: duckdb.DuckDBPyConnection, source: Input, targets: Sequence[Target], faults: Faults
) -> None:
    file = DuckdbFile(connection, Path(source.location or ""), f"input {source.name}")
    try:
        _load_relations(file, source, targets, faults)
    finally:
        file.close()


def _load_postgresql(_: duckdb.DuckDBPyConnection, source: Input, targets: Sequence[Target], faults: Faults) -> None:
    from dyadlink.sources.postgresql import PostgresqlServer  # noqa: PLC0415  # few studies need the driver

    server = PostgresqlServer(source.location or "")
    try:
        _load_relations(server, source, targets, faults)
    finally:
        server.close()


class _Database(Protocol):
    def load(self, target: Target) -> None: ...


def _load_relations(database: _Database, source: Input, targets: Sequence[Target], faults: Faults) -> None:
    for target in targets:
        with faults.catch(target.table.name, load_layout(source.route), [target]):
            database.load(target)


_LOADERS = {"files": _load_folder, "duckdb": _load_duckdb, "postgresql": _load_postgresql}


def _note_missing(
    layout: Layout, stage: Stage, targets: Iterable[Target], sources: Sources, faults: Faults
) -> list[Table]:
    """The tables that are nowhere: a route's tables may be spread over several inputs; each must be in one of them."""
    found = {target.table.name for target in targets if target.is_found}
    missing = [
        table
        for table in layout.tables_for(stage)
        if table.name not in found and not table.may_be_missing and table.may_be_missing_with not in found
    ]
    for table in missing:
        places = [_place(source, table) for source in sources.read_from() if source.route == layout.route]
        error = SourceError(
            f"{'file' if len(places) == 1 else f'table {table.name}'} not found",
            where=" or ".join(places),
            mend="put it there, correct the input's location, or name it in a mapping",
        )
        faults.note_missing(layout, table.name, error)
    return missing


def _place(source: Input, table: Table) -> str:
    if source.format != "files":
        return f"{source.location}, relation {table.relation or table.name}"
    local = next(own for own in input_layout(source).tables if own.name == table.name)
    path = f"{local.path}.csv" if local.path else f"{local.xml.path if local.xml else ''}.xml"
    return str(Path(source.location or "") / path)


def _make_route_views(connection: duckdb.DuckDBPyConnection, route: Route, targets: Sequence[Target]) -> None:
    """A view for each table of the route, with the rows of all inputs, in a schema of the route's name."""
    connection.execute(f'create schema if not exists "{route}"')
    parts: dict[str, list[str]] = {}
    for target in targets:
        parts.setdefault(target.table.name, []).append(target.select())
    for name, selects in parts.items():
        connection.execute(f'create or replace view "{route}"."{name}" as {" union all by name ".join(selects)}')


def _make_canonical_views(connection: duckdb.DuckDBPyConnection, route: Route, stage: Stage, sql: Path) -> None:
    """The route's own SQL for the canonical tables; its unqualified names are the route's loaded tables.

    They are views, and each is read once: rows are not kept as text twice.
    """
    connection.execute(f'create schema if not exists "{_made(route)}"')
    loaded = ", ".join(
        f'"{table.name}" as not materialized (from "{route}"."{table.name}")'
        for table in load_layout(route).tables_for(stage)
    )
    for table in canonical_tables(stage):
        path = sql / "routes" / route / f"{table.name}.sql"
        if path.is_file():
            create_view(connection, path, f'"{_made(route)}"."{table.name}"', f"with {loaded}")


def _empty_half_made(
    connection: duckdb.DuckDBPyConnection, route: Route, targets: Sequence[Target], missing: Sequence[Table]
) -> None:
    """Take out what an input's SQL made of tables of which one could not be read: its rows would not be whole."""
    faulty = {(name, target.source) for target in targets if target.is_faulty for name in target.table.feeds}
    faulty |= {(name, target.source) for table in missing for target in targets for name in table.feeds}
    for number, (name, source) in enumerate(sorted(faulty)):
        if _columns(connection, _made(route), name):
            own = f'source_file in (select source_file from "{route}"."{name}")'  # noqa: S608  # names of the layout
            kept = own if _columns(connection, route, name) else "false"
            view, table = (f'"{_made(route)}"."{part}"' for part in (name, f"{name}_kept_{number}"))
            query = f"create table {table} as from {view} where input != ? or {kept}"
            connection.execute(query, [source])
            connection.execute(f"create or replace view {view} as from {table}")


def _made(route: Route) -> str:
    return f"{route}_made"


def _make_view(connection: duckdb.DuckDBPyConnection, table: Table, routes: Sequence[Route]) -> None:
    """The view of a canonical table over all routes that give it; without any it has no rows."""
    names = [*(column.name for column in table.columns), *table.wildcards, *ORIGIN]
    selects = [_select(connection, table, names, route) for route in routes]
    parts = [part for part in selects if part] or [f"select {_nulls(names)} where false"]
    connection.execute(f'create or replace view main."{table.name}" as {" union all ".join(parts)}')


_TYPES = {"source_row": "bigint", "source_file": FILE_TYPE}
"""Of the columns of a canonical table that are no text."""


def _nulls(names: Sequence[str]) -> str:
    return ", ".join(f'null::{_TYPES.get(name, "varchar")} as "{name}"' for name in names)


def _select(connection: duckdb.DuckDBPyConnection, table: Table, names: Sequence[str], route: Route) -> str:
    for schema in (_made(route), route):
        columns = _columns(connection, schema, table.name)
        if columns:
            _check_columns(table, names, columns, route)
            given = ", ".join(f'"{name}"' if name.lower() in columns else _nulls([name]) for name in names)
            return f'select {given} from "{schema}"."{table.name}"'  # noqa: S608  # names of layouts
    return ""


def _columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> set[str]:
    """Names of the columns in small letters; none if there is no such table."""
    query = "select column_name from information_schema.columns where table_schema = ? and table_name = ?"
    return {row[0].lower() for row in connection.execute(query, [schema, table]).fetchall()}


def _check_columns(table: Table, names: Sequence[str], found: set[str], route: Route) -> None:
    unknown = sorted(found - {name.lower() for name in names})
    missing = sorted(set(ORIGIN) - found)
    for what, some in (("has columns that no canonical table has", unknown), ("lacks columns", missing)):
        if some:
            raise DyadlinkError(
                f"table {table.name} {what}: {', '.join(some)}",
                where=f"workflow/sql/routes/{route}/{table.name}.sql",
                mend="correct its select list",
            )
