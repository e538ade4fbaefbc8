"""Local names: a YAML file that says which local table, column and value is which of the layout."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from dyadlink.config import Input, Route, parse_section, read_yaml
from dyadlink.errors import ConfigError
from dyadlink.section import Section
from dyadlink.sources.columns import LocalNames, LocalValues
from dyadlink.sources.layout import Layout, Table, load_layout


class TableMapping(Section):
    """Local names of one table."""

    path: str | None = Field(None, description="Where its files stand, in place of the layout's path.")
    relation: str | None = Field(None, description="Its name in the database, in place of the layout's.")
    columns: dict[str, str] = Field(default_factory=dict, description="Local name: name in the layout.")
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Column of the layout: local value: value of the standard."
    )


class Mapping(Section):
    """Local names of one input."""

    route: Route
    tables: dict[str, TableMapping]


def read_mapping(path: Path, route: Route) -> Mapping:
    """The mapping in a YAML file, held against the layout of the route.

    Raises:
        ConfigError: It is not YAML, has an unknown key, is of another route, or names a table or column that the
            layout does not have.
    """
    mapping = parse_section(Mapping, read_yaml(path), str(path))
    if mapping.route != route:
        raise ConfigError(f"maps {mapping.route}, not {route}", where=str(path), mend="give the mapping of that route")
    tables = {table.name: table for table in load_layout(mapping.route).tables}
    for name, local in mapping.tables.items():
        if name not in tables:
            raise ConfigError(f"no table '{name}' in {mapping.route}", where=str(path), mend="correct its name")
        known = {*(column.name for column in tables[name].columns), *tables[name].wildcards}
        for column in (*local.columns.values(), *local.values):
            if column not in known:
                raise ConfigError(f"table {name} has no column '{column}'", where=str(path), mend="correct its name")
    return mapping


def input_layout(source: Input) -> Layout:
    """The layout of an input, with the paths and relations of its mapping.

    Raises:
        ConfigError: See `read_mapping`.
    """
    layout = load_layout(source.route)
    if source.mapping is None:
        return layout
    mapping = read_mapping(source.mapping, source.route)
    tables = tuple(_with_places(table, mapping.tables.get(table.name)) for table in layout.tables)
    return layout.model_copy(update={"tables": tables})


def _with_places(table: Table, local: TableMapping | None) -> Table:
    if local is None:
        return table
    places = {key: value for key in ("path", "relation") if (value := getattr(local, key)) is not None}
    return table.model_copy(update=places)


def local_values(source: Input, table: str) -> LocalValues:
    """What stands in place of the local values of a table's columns, by the name in the layout."""
    if source.mapping is None:
        return {}
    return read_mapping(source.mapping, source.route).tables.get(table, TableMapping()).values


def local_names(source: Input, table: str) -> LocalNames:
    """The local names of a table's columns, by the name in the layout."""
    if source.mapping is None:
        return {}
    local = read_mapping(source.mapping, source.route).tables.get(table, TableMapping())
    names: dict[str, tuple[str, ...]] = {}
    for here, column in local.columns.items():
        names[column] = (*names.get(column, ()), here)
    return names
